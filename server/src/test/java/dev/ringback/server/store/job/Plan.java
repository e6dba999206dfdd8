package dev.ringback.server.store.job;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a statement was carried out.
 *
 * @param lines as PostgreSQL tells it
 * @param scans the steps that read rows of tables, in the order of the lines
 */
record Plan(List<String> lines, List<Scan> scans) {
  private static final Pattern STEP =
      Pattern.compile("(.*\\S) +\\(cost=.*\\(actual rows=([0-9.]+) loops=([0-9]+)\\)");
  private static final Pattern READS = Pattern.compile(" (?:hit|read)=([0-9]+)");

  /**
   * A step that was carried out.
   *
   * @param rows how many it has found each time
   * @param loops how often it was carried out
   * @param pages how many it has looked at, all times together
   */
  record Scan(String step, double rows, long loops, long pages) {
    boolean is(String text) {
      // Followed by the name that the statement gives to the table, or by nothing.
      return (step + " ").contains(text + " ");
    }

    /** How many pages it has looked at each time. */
    double pagesALoop() {
      return (double) pages / loops;
    }
  }

  /** Reads what {@code explain (analyze, buffers)} and the like say. */
  static Plan of(List<String> lines) {
    List<Scan> scans = new ArrayList<>();
    boolean inScan = false;
    for (String line : lines) {
      Matcher step = STEP.matcher(line);
      if (line.contains(" (cost=")) {
        inScan = step.find() && isScan(step.group(1));
        if (inScan) {
          scans.add(
              new Scan(
                  step.group(1).strip(),
                  Double.parseDouble(step.group(2)),
                  Long.parseLong(step.group(3)),
                  0));
        }
      } else if (inScan && line.strip().startsWith("Buffers: ")) {
        Scan scan = scans.removeLast();
        scans.add(new Scan(scan.step(), scan.rows(), scan.loops(), pages(line)));
        inScan = false;
      }
    }
    // Without the statement's own text, which comes first.
    return new Plan(
        lines.stream().dropWhile(line -> !line.contains(" (cost=")).toList(), List.copyOf(scans));
  }

  private static boolean isScan(String step) {
    return step.contains(" Scan ")
        && step.contains(" on ")
        && !step.contains("CTE Scan")
        && !step.contains("Function Scan")
        && !step.contains("Subquery Scan");
  }

  private static long pages(String buffers) {
    return READS
        .matcher(buffers)
        .results()
        .map((MatchResult read) -> read.group(1))
        .mapToLong(Long::parseLong)
        .sum();
  }

  @Override
  public String toString() {
    return String.join("\n", lines);
  }
}
