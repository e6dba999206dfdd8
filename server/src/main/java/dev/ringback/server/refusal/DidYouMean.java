package dev.ringback.server.refusal;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** Which name somebody is likely to have meant by one that is not known. */
public final class DidYouMean {
  private DidYouMean() {}

  /**
   * The likeliest of the known names, if any is likely.
   *
   * @param known in snake_case
   */
  public static Optional<String> likely(String name, Collection<String> known) {
    String given = stem(name);
    String likely = null;
    // A third of the letters may be wrong.
    int least = Math.min(given.length(), 30) / 3 + 1;
    for (String each : known) {
      String candidate = stem(each);
      int distance =
          given.length() >= 4
                  && (candidate.startsWith(given)
                      || candidate.endsWith(given)
                      || given.endsWith(candidate))
              ? 1
              : distance(given, candidate);
      if (distance < least) {
        least = distance;
        likely = each;
      }
    }
    return Optional.ofNullable(likely);
  }

  /** Without what separates its words, in the singular. */
  private static String stem(String name) {
    String joined = name.toLowerCase(Locale.ROOT).replaceAll("[_-]", "");
    return joined.endsWith("ies")
        ? joined.substring(0, joined.length() - 3) + "y"
        : joined.endsWith("s") ? joined.substring(0, joined.length() - 1) : joined;
  }

  /**
   * How many letters must be put in, left out, changed, or exchanged with their neighbour: the
   * optimal string alignment distance (Damerau 1964).
   */
  private static int distance(String one, String other) {
    if (Math.abs(one.length() - other.length()) > 10) {
      return Integer.MAX_VALUE;
    }
    int[][] d = new int[one.length() + 1][other.length() + 1];
    for (int i = 0; i <= one.length(); i++) {
      for (int j = 0; j <= other.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int change = one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1;
        d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + change);
        if (i > 1
            && j > 1
            && one.charAt(i - 1) == other.charAt(j - 2)
            && one.charAt(i - 2) == other.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[one.length()][other.length()];
  }
}
