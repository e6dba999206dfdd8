package dev.ringback.server.api.call;

import com.google.protobuf.Message;
import dev.ringback.server.api.read.Violations;

/** Finds out what else is wrong with a request of which a part could not be read. */
@FunctionalInterface
public interface RequestCheck {
  /**
   * Notes what is wrong, or throws with all that is.
   *
   * @param violations what is known so far
   */
  void check(Message request, CallContext call, Violations violations);
}
