// SPDX-License-Identifier: Apache-2.0
package dcc.host;

import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Looks up what is open, and gives what it found. Failing fails the decision: nothing has been
 * decided then.
 */
@FunctionalInterface
public interface Lookup {
  CompletionStage<Facts> find(List<Question> questions);
}
