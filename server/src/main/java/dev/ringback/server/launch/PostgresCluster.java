package dev.ringback.server.launch;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * The files of one PostgreSQL and the programs that make, start and stop it.
 *
 * <p>Changed by one thread of the process that holds the {@link #lockFile}; read by any.
 */
final class PostgresCluster {
  static final String USER = "ringback";

  /** The folder's name: a new major version can't read the files of an older one. */
  private static final String NAME = "pg18";

  /** Crash recovery has to read at most max_wal_size. */
  private static final Duration START_LIMIT = Duration.ofMinutes(5);

  private static final int START_TRIES = 5;

  /** Given on the command line, where they win over the cluster's own files. */
  static final String SETTINGS =
      String.join(
          " -c ",
          "",
          "listen_addresses=127.0.0.1",
          "unix_socket_directories=",
          "fsync=on",
          "synchronous_commit=on",
          "full_page_writes=on",
          "max_connections=200",
          "shared_buffers=" + sharedBuffers() + "MB",
          "max_wal_size=4GB");

  /** An eighth of the machine's memory, from 128 MiB to 1 GiB: the rest caches files. */
  private static long sharedBuffers() {
    var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return Math.clamp(system.getTotalMemorySize() / 8 >> 20, 128, 1_024);
  }

  private final Path dataDir;
  private final Path folder;
  private final PostgresPrograms programs;

  private PostgresCluster(Path dataDir, PostgresPrograms programs) {
    this.dataDir = dataDir;
    this.folder = dataDir.resolve(NAME);
    this.programs = programs;
  }

  /** Makes the cluster unless it is there. */
  static PostgresCluster open(Path dataDir) throws IOException {
    PostgresCluster cluster = new PostgresCluster(dataDir, PostgresPrograms.prepare(dataDir, NAME));
    if (!Files.isDirectory(cluster.folder)) {
      cluster.create();
    }
    return cluster;
  }

  static boolean isIn(Path dataDir) {
    return Files.isDirectory(dataDir.resolve(NAME));
  }

  static Path lockFile(Path dataDir) {
    return dataDir.resolve(NAME + ".lock");
  }

  /** How to connect to the PostgreSQL of a data folder, if one is ready there. */
  static Optional<PostgresAddress> address(Path dataDir) throws IOException {
    Optional<PostmasterFile> postmaster = PostmasterFile.read(dataDir.resolve(NAME));
    if (postmaster.isEmpty() || !postmaster.get().ready()) {
      return Optional.empty();
    }
    String password = Files.readString(passwordFile(dataDir));
    return Optional.of(new PostgresAddress(postmaster.get().port(), USER, password));
  }

  Path folder() {
    return folder;
  }

  Path log() {
    return dataDir.resolve(NAME + ".log");
  }

  /** Stops the server and ignores a second Ctrl-C; harmless where none runs. */
  List<String> stopCommand() {
    List<String> command =
        new ArrayList<>(
            List.of(
                "sh",
                "-c",
                "trap '' INT TERM HUP QUIT; \"$@\" -m fast -t 30 stop || \"$@\" -m immediate stop",
                "stop"));
    command.addAll(programs.command("pg_ctl", "-D", folder.toString(), "-s", "-w"));
    return command;
  }

  /** Whether a server runs here that an earlier process started and could not stop. */
  boolean survived() throws IOException {
    PostmasterFile.dropStale(folder);
    return Files.exists(PostmasterFile.in(folder))
        && programs.run(programs.command("pg_ctl", "-D", folder.toString(), "status")) == 0;
  }

  void start() throws IOException {
    for (int tries = 1; ; tries++) {
      long before = Files.exists(log()) ? Files.size(log()) : 0;
      String options = "-p " + freePort() + SETTINGS;
      String limit = Long.toString(START_LIMIT.toSeconds());
      List<String> start =
          programs.command(
              "pg_ctl",
              "-D",
              folder.toString(),
              "-l",
              log().toString(),
              "-w",
              "-t",
              limit,
              "-o",
              options,
              "start");
      if (programs.run(start) == 0) {
        return;
      }
      String said = LogTail.after(log(), before);
      boolean portTakenMeanwhile = said.contains("could not bind");
      if (!portTakenMeanwhile || tries == START_TRIES) {
        throw new LaunchException(
            "the embedded PostgreSQL in %s did not start:\n%s%s"
                .formatted(folder, said, programs.said()));
      }
    }
  }

  /** Waits for the server, which may still be in its recovery. */
  PostgresAddress awaitReady() throws IOException {
    Deadline deadline = Deadline.in(START_LIMIT);
    while (true) {
      Optional<PostgresAddress> address = address(dataDir);
      if (address.isPresent()) {
        return address.get();
      }
      if (!deadline.pause()) {
        throw new LaunchException("the PostgreSQL in %s does not get ready".formatted(folder));
      }
    }
  }

  void stop() throws IOException {
    programs.run(stopCommand());
    if (Files.exists(PostmasterFile.in(folder))) {
      throw new IOException("the PostgreSQL in %s did not stop, see %s".formatted(folder, log()));
    }
  }

  /** Made under another name first: half a cluster must never pass for a whole one. */
  private void create() throws IOException {
    Path partial = dataDir.resolve(NAME + ".partial");
    PostgresBinaries.deleteTree(partial);
    Path password = writePassword();
    List<String> initdb =
        programs.command(
            "initdb",
            "--pgdata=" + partial,
            "--username=" + USER,
            "--pwfile=" + password,
            "--auth=scram-sha-256",
            "--data-checksums",
            "--encoding=UTF8",
            // The same order of strings on every machine, whatever its C library.
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-instructions");
    if (programs.run(initdb) != 0) {
      throw new LaunchException(
          "can't make a PostgreSQL in %s:\n%s".formatted(dataDir, programs.said()));
    }
    Files.move(partial, folder, StandardCopyOption.ATOMIC_MOVE);
  }

  private Path writePassword() throws IOException {
    byte[] random = new byte[24];
    new SecureRandom().nextBytes(random);
    Path file = passwordFile(dataDir);
    Files.deleteIfExists(file);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(
        file, Base64.getUrlEncoder().encodeToString(random), StandardOpenOption.TRUNCATE_EXISTING);
    return file;
  }

  static Path passwordFile(Path dataDir) {
    return dataDir.resolve(NAME + ".password");
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
