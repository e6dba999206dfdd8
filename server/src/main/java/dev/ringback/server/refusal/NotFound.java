package dev.ringback.server.refusal;

import java.util.Set;

/** What the call is about is not there. */
public abstract sealed class NotFound extends Refusal {
  private static final int MAX_ID = 50;

  private NotFound(String words) {
    super(words);
  }

  /** Of a text that a caller gave, and that may be of any length, the beginning. */
  private static String shortened(String text, int most) {
    return text.length() <= most ? text : text.substring(0, most) + "…";
  }

  /** No such job in the caller's project. */
  public static final class JobNotFound extends NotFound {
    private final String id;

    /**
     * Takes note of the id.
     *
     * @param id as the caller gave it, also where it is none
     */
    public JobNotFound(String id) {
      super("no job " + shortened(id, MAX_ID) + " in this project");
      this.id = shortened(id, MAX_ID);
    }

    public String id() {
      return id;
    }
  }

  /** No such execution in the caller's project, or none any more. */
  public static final class ExecutionNotFound extends NotFound {
    private final String id;

    /**
     * Takes note of the id.
     *
     * @param id as the caller gave it, also where it is none
     */
    public ExecutionNotFound(String id) {
      super("no execution " + shortened(id, MAX_ID) + " in this project, or it is no longer kept");
      this.id = shortened(id, MAX_ID);
    }

    public String id() {
      return id;
    }
  }

  /** Nothing is at a path. */
  public static final class NoSuchPath extends NotFound {
    private static final int MAX_PATH = 256;

    public NoSuchPath(String method, String path) {
      super("there is no " + method + " " + shortened(path, MAX_PATH));
    }
  }

  /** What is at a path has no such method. */
  public static final class MethodNotAllowed extends NotFound {
    private final Set<String> allowed;

    /**
     * Takes note of what can be called.
     *
     * @param allowed the methods that are there
     */
    public MethodNotAllowed(String method, Set<String> allowed) {
      super(method + " is not allowed here, but " + String.join(", ", allowed));
      this.allowed = allowed;
    }

    public Set<String> allowed() {
      return allowed;
    }
  }
}
