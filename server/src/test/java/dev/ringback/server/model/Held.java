package dev.ringback.server.model;

/**
 * An attempt in a node's hand, as its claim's answer told it.
 *
 * @param life the owner by which it was claimed
 * @param lost how many attempts before it were lost
 */
record Held(int execution, int number, int lost, int life, Call call) {
  /** What came of the call. */
  enum Call {
    NOT_MADE,
    SUCCEEDED,
    FAILED
  }

  Held called(boolean succeeded) {
    return new Held(execution, number, lost, life, succeeded ? Call.SUCCEEDED : Call.FAILED);
  }

  boolean isMade() {
    return call != Call.NOT_MADE;
  }

  boolean is(int otherExecution, int otherNumber) {
    return execution == otherExecution && number == otherNumber;
  }
}
