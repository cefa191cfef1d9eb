package io.pharos.probe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A path into a JSON document: `$.data.list[0].name`, `$["odd.key"]`.
public final class JsonPath {
  private static final Pattern STEP =
      Pattern.compile("\\.([\\p{L}\\p{N}_-]+)|\\[(\\d{1,6})\\]|\\[\"([^\"]+)\"\\]|\\['([^']+)'\\]");

  private sealed interface Step {
    record Key(String name) implements Step {}

    record Index(int position) implements Step {}
  }

  private final String text;
  private final List<Step> steps;

  private JsonPath(String text, List<Step> steps) {
    this.text = text;
    this.steps = List.copyOf(steps);
  }

  /// @throws NumberFormatException if the text is not a path
  static JsonPath parse(String text) {
    if (!text.startsWith("$")) {
      throw new NumberFormatException(text);
    }
    var steps = new ArrayList<Step>();
    Matcher matcher = STEP.matcher(text);
    int position = 1;
    while (position < text.length()) {
      if (!matcher.find(position) || matcher.start() != position) {
        throw new NumberFormatException(text);
      }
      position = matcher.end();
      if (matcher.group(2) != null) {
        steps.add(new Step.Index(Integer.parseInt(matcher.group(2))));
      } else {
        String dotted = matcher.group(1);
        String quoted = matcher.group(3) == null ? matcher.group(4) : matcher.group(3);
        steps.add(new Step.Key(dotted == null ? String.valueOf(quoted) : dotted));
      }
    }
    return new JsonPath(text, steps);
  }

  /// Returns the node at this path; a missing node if there is none.
  public JsonNode find(JsonNode root) {
    JsonNode node = root;
    for (Step step : steps) {
      JsonNode next =
          switch (step) {
            case Step.Key(String name) -> node.get(name);
            case Step.Index(int position) -> node.get(position);
          };
      if (next == null) {
        return MissingNode.getInstance();
      }
      node = next;
    }
    return node;
  }

  @Override
  public String toString() {
    return text;
  }
}
