package dev.ringback.server.model;

import java.util.List;

/** What may happen next. Nodes and executions are told by their place in the world's lists. */
sealed interface Step {
  /** The claim has locked the node's row; without one it ends there. */
  record BeginClaim(int node) implements Step {}

  /** The claim is committed: the rows are the node's, the attempts are open. */
  record CommitClaim(int node, List<Integer> executions) implements Step {}

  /** The node reads the answer. */
  record ReceiveClaim(int node) implements Step {}

  /** The connection breaks before the answer is there. */
  record LoseClaim(int node) implements Step {}

  /** A claim is committed whose answer nobody waits for any more. */
  record CommitOrphan(int life, List<Integer> executions) implements Step {}

  /** A claim whose answer nobody waits for is rolled back. */
  record AbortOrphan(int life) implements Step {}

  /** The call reaches its target. */
  record Call(int node, Held held, boolean succeeds) implements Step {}

  /** The result is recorded; an answer that is lost makes the node try again. */
  record Finish(int node, Held held, boolean answered) implements Step {}

  /** A result arrives that was on its way when its node crashed. */
  record LateFinish(Held held) implements Step {}

  /** A heartbeat; the node begins a new life when it finds itself declared dead. */
  record Beat(int node) implements Step {}

  /** So much time passes without a heartbeat of a life that it counts as dead. */
  record FallSilent(int life) implements Step {}

  /** Some node declares dead who is silent, and frees their rows. */
  record Rescue() implements Step {}

  /** The node looks for what it owns and does not know of. */
  record ReleaseStrays(int node) implements Step {}

  /** The node stops in order and hands back what it owns. */
  record Retire(int node) implements Step {}

  /** {@code kill -9}. */
  record Crash(int node) implements Step {}

  /** The node starts again. */
  record Start(int node) implements Step {}

  /** Somebody holds an execution: it is not to be claimed. */
  record Hold(int execution) implements Step {}

  /** An execution that was held may be claimed again. */
  record LetGo(int execution) implements Step {}

  /** A user cancels. */
  record Cancel(int execution) implements Step {}
}
