package dev.ringback.server.model;

/** What could be wrong with the statements or their use: the model must find it out. */
enum Flaw {
  NONE,
  /** The finish does not look whose the row is. */
  FINISH_OF_ANY_OWNER,
  /** The finish does not look which attempt the row is at. */
  FINISH_OF_ANY_ATTEMPT,
  /** The finish writes over attempts that are closed already. */
  FINISH_REOPENS,
  /** The claim does not hold the node's row, and so a rescue may come in between. */
  CLAIM_WITHOUT_THE_NODES_LOCK,
  /** The claim does not open the attempt. */
  CLAIM_WITHOUT_RECORD,
  /** The claim takes what somebody owns. */
  CLAIM_OF_OWNED,
  /** The claim takes what is held. */
  CLAIM_OF_HELD,
  /** A retry lets go of what is held. */
  RETRY_LETS_GO,
  /** The look for strays comes while a claim's answer is on its way. */
  STRAYS_DURING_A_CLAIM,
  /** The look for strays does not know what is in hand. */
  STRAYS_IN_HAND,
  /** Nobody looks for strays. */
  NO_LOOK_FOR_STRAYS,
  /** A node is declared dead, but its rows are not freed. */
  RESCUE_OF_NOTHING,
  /** A lost attempt counts as a retry. */
  LOST_IS_A_RETRY,
  /** What a dead node held is queued again although its job was cancelled. */
  RELEASE_OF_THE_CANCELLED,
  /** The cancel ends a call that is being made. */
  CANCEL_OF_THE_OWNED,
  /** A node that was declared dead goes on under its old id. */
  LIFE_AFTER_DEATH
}
