// SPDX-License-Identifier: Apache-2.0
package dcc.host;

/** A call that was not carried out. A CompletableFuture has it as its cause. */
public final class DccException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public static final int INVALID = 3;
  public static final int NOT_NOW = 5;
  public static final int INTERNAL = 6;

  private final int status;

  DccException(int status, String reason) {
    super(reason);
    this.status = status;
  }

  /** A dcc_status of dcc/plugin.h. */
  public int status() {
    return status;
  }
}
