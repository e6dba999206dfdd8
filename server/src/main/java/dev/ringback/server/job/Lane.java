package dev.ringback.server.job;

/**
 * The calls of one project to one host. A lane that is slow takes its time from nobody but itself:
 * how many of its calls are in flight is bounded, see {@code Slots}.
 *
 * @param value the project's id in the upper 32 bits and a hash of the host in the lower ones, so
 *     that hosts of one project may come to share a lane but never those of two
 */
public record Lane(long value) {
  /** The lane of a project's calls to a URL's host and port. */
  public static Lane of(int projectId, TargetUrl url) {
    return of(projectId, url.host(), url.port());
  }

  /** The lane of a project's calls to a host, as {@link TargetUrl} has it. */
  public static Lane of(int projectId, String host, int port) {
    int place = 31 * host.hashCode() + port;
    return new Lane(((long) projectId << 32) | (place & 0xffff_ffffL));
  }

  public int projectId() {
    return (int) (value >>> 32);
  }
}
