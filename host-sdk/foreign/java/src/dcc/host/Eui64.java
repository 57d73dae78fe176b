// SPDX-License-Identifier: Apache-2.0
package dcc.host;

import java.util.HexFormat;

/** The text of an EUI-64, as DUIS and every message spell it. */
public final class Eui64 {
  private Eui64() {}

  /** 90-B3-D5-1F-30-01-00-00 for 0x90B3D51F30010000L; the sign is a bit like the others. */
  public static String text(long bits) {
    byte[] octets = new byte[8];
    for (int i = 0; i < 8; ++i) octets[i] = (byte) (bits >>> (56 - 8 * i));
    return HexFormat.ofDelimiter("-").withUpperCase().formatHex(octets);
  }
}
