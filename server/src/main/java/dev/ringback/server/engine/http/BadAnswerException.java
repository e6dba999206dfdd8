package dev.ringback.server.engine.http;

import java.io.IOException;

/** What a target says is no HTTP. The message is the end of a sentence that tells why. */
final class BadAnswerException extends IOException {
  private static final long serialVersionUID = 1L;

  BadAnswerException(String why) {
    super(why);
  }
}
