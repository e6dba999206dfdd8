package dev.ringback.server.journey;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Runs the cases of {@code proto/cases}, whose README says what they are made of. */
final class Cases {
  private static final JsonMapper JSON = new JsonMapper();
  private static final Path FOLDER = Path.of("../proto/cases");
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{(\\w+)}");

  private final Caller caller;
  private final boolean typed;
  private final Map<String, String> given;

  /** One way to call Ringback. */
  interface Caller {
    /**
     * Calls a method.
     *
     * @param key another key than the project's
     * @return the answer
     * @throws Refused when there is an error instead
     */
    JsonNode call(String method, JsonNode request, Optional<String> key) throws Exception;

    /**
     * Watches.
     *
     * @param count how many messages to read, checkpoints left out, before leaving; {@code
     *     Integer.MAX_VALUE} for all, to the end
     */
    List<JsonNode> watch(String method, JsonNode request, Optional<String> key, int count)
        throws Exception;
  }

  /** An error, in the words of the cases. */
  static final class Refused extends Exception {
    private final transient ObjectNode error;

    Refused(ObjectNode error) {
      super(error.toString());
      this.error = error;
    }
  }

  /**
   * @param typed whether the caller can say only what a typed client can
   * @param ok a URL that answers with 200
   * @param broken a URL that answers with 404
   */
  Cases(Caller caller, boolean typed, String ok, String broken) {
    this.caller = caller;
    this.typed = typed;
    this.given = Map.of("ok", ok, "broken", broken);
  }

  static ObjectNode object() {
    return JSON.createObjectNode();
  }

  static ArrayNode array() {
    return JSON.createArrayNode();
  }

  /** A test for each case. */
  Stream<DynamicTest> tests() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      List<Path> found = files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
      assertThat(found).isNotEmpty();
      return found.stream().flatMap(this::tests);
    }
  }

  private Stream<DynamicTest> tests(Path file) {
    return JSON.readTree(file.toFile())
        .path("cases")
        .valueStream()
        .filter(one -> !typed || one.path("untyped").isMissingNode())
        .map(one -> DynamicTest.dynamicTest(one.path("name").asString(), () -> run(one)));
  }

  private void run(JsonNode one) throws Exception {
    Map<String, String> variables = new HashMap<>(given);
    variables.put("unique", "u" + UUID.randomUUID().toString().replace("-", ""));
    int number = 0;
    for (JsonNode raw : one.path("steps")) {
      JsonNode step = filled(raw, variables);
      String what = "step %d, %s".formatted(++number, step.path("call").asString());
      try {
        run(step, what, variables);
      } catch (Refused e) {
        throw new AssertionError(what + " was refused: " + e.getMessage(), e);
      }
    }
  }

  private void run(JsonNode step, String what, Map<String, String> variables) throws Exception {
    String method = step.path("call").asString();
    Optional<String> key = Optional.ofNullable(step.get("key")).map(JsonNode::asString);
    JsonNode wanted = step.path("messages");
    if (!step.path("error").isMissingNode()) {
      ObjectNode error = refusal(method, step.path("request"), key);
      checkFields(what, step.path("error").path("fields"), error.path("fields"));
      ObjectNode rest = ((ObjectNode) step.path("error")).deepCopy();
      rest.remove("fields");
      if (error.path("http").isMissingNode()) {
        rest.remove("http");
      }
      check(what, rest, error);
    } else if (wanted.isMissingNode()) {
      JsonNode answer = caller.call(method, step.path("request"), key);
      check(what, step.path("answer"), answer);
      save(step, answer, variables);
    } else {
      int count = step.path("ends").asBoolean(false) ? Integer.MAX_VALUE : wanted.size();
      ArrayNode told = array();
      caller.watch(method, step.path("request"), key, count).forEach(told::add);
      check(what + ".messages", wanted, told);
      save(step, object().set("messages", told), variables);
    }
  }

  private ObjectNode refusal(String method, JsonNode request, Optional<String> key)
      throws Exception {
    try {
      JsonNode answer =
          method.startsWith("Watch")
              ? array().addAll(caller.watch(method, request, key, 1))
              : caller.call(method, request, key);
      throw new AssertionError("an error was wanted, not " + answer);
    } catch (Refused e) {
      return e.error;
    }
  }

  private static void checkFields(String what, JsonNode wanted, JsonNode fields) {
    if (!wanted.isMissingNode()) {
      assertThat(texts(fields)).as(what).containsExactlyInAnyOrderElementsOf(texts(wanted));
    }
  }

  private static List<String> texts(JsonNode list) {
    return list.valueStream().map(JsonNode::asString).toList();
  }

  /** Holds what is there against what must be there. */
  private static void check(String where, JsonNode wanted, JsonNode value) {
    if (wanted.isObject()) {
      wanted
          .propertyStream()
          .forEach(
              one -> check(where + "." + one.getKey(), one.getValue(), value.path(one.getKey())));
    } else if (wanted.isArray()) {
      assertThat(value.size()).as(where + " in " + value).isEqualTo(wanted.size());
      for (int i = 0; i < wanted.size(); i++) {
        check(where + "." + i, wanted.path(i), value.path(i));
      }
    } else if (wanted.asString().equals("<any>")) {
      assertThat(isAbsent(value)).as(where + " is missing").isFalse();
    } else if (wanted.asString().equals("<absent>")) {
      assertThat(isAbsent(value)).as(where + " is " + value).isTrue();
    } else if (wanted.isNumber()) {
      assertThat(value.asInt(0)).as(where).isEqualTo(wanted.asInt());
    } else {
      assertThat(value.asString("")).as(where).isEqualTo(wanted.asString());
    }
  }

  private static boolean isAbsent(JsonNode value) {
    return value.isContainer()
        ? value.isEmpty() || value.valueStream().allMatch(Cases::isAbsent)
        : value.isMissingNode()
            || value.isNull()
            || List.of("", "0", "false").contains(value.asString());
  }

  private static void save(JsonNode step, JsonNode answer, Map<String, String> variables) {
    step.path("save")
        .propertyStream()
        .forEach(one -> {
          String path = "/" + one.getValue().asString().replace('.', '/');
          String value = answer.at(path).asString("");
          assertThat(value).as(path).isNotEmpty();
          variables.put(one.getKey(), value);
        });
  }

  private static JsonNode filled(JsonNode node, Map<String, String> variables) {
    if (node.isObject()) {
      ObjectNode copy = object();
      node.propertyStream()
          .forEach(one -> copy.set(one.getKey(), filled(one.getValue(), variables)));
      return copy;
    }
    if (node.isArray()) {
      ArrayNode copy = array();
      node.forEach(one -> copy.add(filled(one, variables)));
      return copy;
    }
    return node.isString() ? JSON.valueToTree(filled(node.asString(), variables)) : node;
  }

  private static String filled(String text, Map<String, String> variables) {
    return VARIABLE
        .matcher(text)
        .replaceAll(found -> {
          String value = variables.get(found.group(1));
          assertThat(value).as(found.group()).isNotNull();
          return Matcher.quoteReplacement(value);
        });
  }
}
