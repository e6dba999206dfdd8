package dev.ringback.server.launch;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The last lines of another process's log, to say why it ended. */
final class LogTail {
  private static final int MAX_BYTES = 4096;

  private LogTail() {}

  /** What was written after the first {@code start} bytes, or the end of it when that is much. */
  static String after(Path log, long start) throws IOException {
    if (!Files.exists(log)) {
      return "";
    }
    try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
      file.seek(Math.max(start, file.length() - MAX_BYTES));
      byte[] bytes = new byte[(int) Math.max(0, file.length() - file.getFilePointer())];
      file.readFully(bytes);
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }
}
