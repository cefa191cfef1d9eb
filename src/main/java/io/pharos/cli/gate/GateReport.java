package io.pharos.cli.gate;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Prints the progress and the result of a gate: either lines, with outputs, annotations and a step
/// summary for GitHub Actions, or one line for Nagios.
final class GateReport {
  private final Map<String, String> environment;
  private final PrintStream out;
  private final PrintStream err;
  private final boolean nagios;
  private final Map<String, String> printedLines = new HashMap<>();

  GateReport(Map<String, String> environment, PrintStream out, PrintStream err, boolean nagios) {
    this.environment = environment;
    this.out = out;
    this.err = err;
    this.nagios = nagios;
  }

  private PrintStream lines() {
    return nagios ? err : out;
  }

  private boolean onGitHub() {
    return environment.containsKey("GITHUB_OUTPUT") || environment.containsKey("GITHUB_ACTIONS");
  }

  void say(String line) {
    lines().println(clean(line));
  }

  /// Prints the checks whose result changed since the last call.
  void progress(JsonNode gate) {
    for (JsonNode check : gate.path("checks")) {
      String text = "  " + line(check);
      if (!text.equals(printedLines.put(check.path("id").asText(), text))) {
        say(text);
      }
    }
  }

  private static String line(JsonNode check) {
    return "%-7s %-15s %s"
        .formatted(
            check.path("state").asText(), check.path("code").asText(), check.path("text").asText());
  }

  /// Prints the result and returns the exit code.
  ///
  /// @param go whether the pipeline may continue
  int end(GateOutcome outcome, boolean go, String summary, JsonNode gate, String url) {
    String text = clean(summary);
    if (nagios) {
      out.println("GATE " + outcome.nagiosWord() + " - " + outcome + ": " + text);
    } else {
      out.println(outcome + (go && outcome != GateOutcome.PASS ? " (allowed)" : "") + ": " + text);
    }
    progress(gate);
    if (onGitHub()) {
      annotate(outcome, go, text, gate);
    }
    append("GITHUB_OUTPUT", outputs(outcome, gate, url));
    append("GITHUB_STEP_SUMMARY", markdown(outcome, go, text, gate, url));
    return go ? 0 : outcome.exitCode(nagios);
  }

  private void annotate(GateOutcome outcome, boolean go, String summary, JsonNode gate) {
    if (outcome == GateOutcome.PASS) {
      if (gate.path("override").isObject()) {
        annotation("warning", outcome, summary);
      }
      return;
    }
    String level = go ? "warning" : "error";
    List<String> texts =
        gate.path("checks")
            .valueStream()
            .filter(check -> isBad(check.path("state").asText(), outcome))
            .map(check -> check.path("text").asText())
            .toList();
    for (String text : texts.isEmpty() ? List.of(summary) : texts) {
      annotation(level, outcome, text);
    }
  }

  private static boolean isBad(String state, GateOutcome outcome) {
    return outcome == GateOutcome.FAIL ? state.equals("fail") : !state.equals("pass");
  }

  private void annotation(String level, GateOutcome outcome, String text) {
    String escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A");
    lines().println("::" + level + " title=Pharos gate " + outcome + "::" + escaped);
  }

  private static String outputs(GateOutcome outcome, JsonNode gate, String url) {
    return "verdict=%s\ncode=%s\ngate_id=%s\nurl=%s\n"
        .formatted(
            outcome,
            clean(gate.path("code").asText("")),
            clean(gate.path("id").asText("")),
            clean(url));
  }

  private static String markdown(
      GateOutcome outcome, boolean go, String summary, JsonNode gate, String url) {
    var text = new StringBuilder("### Pharos gate: ").append(outcome);
    text.append(go && outcome != GateOutcome.PASS ? " (allowed)\n\n" : "\n\n");
    text.append(cell(summary)).append("\n\n");
    if (gate.path("checks").size() > 0) {
      text.append("| check | state | code | why |\n| --- | --- | --- | --- |\n");
      for (JsonNode check : gate.path("checks")) {
        for (String key : List.of("id", "state", "code", "text")) {
          text.append("| ").append(cell(check.path(key).asText())).append(' ');
        }
        text.append("|\n");
      }
      text.append('\n');
    }
    if (!url.isEmpty()) {
      text.append("[Evidence](").append(clean(url)).append("/evidence)\n");
    }
    return text.toString();
  }

  /// Returns a text for a table cell, with markup escaped.
  private static String cell(String text) {
    return clean(text).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;");
  }

  /// Returns the text on one line without control characters: a line break would begin another
  /// output of GitHub Actions.
  private static String clean(String text) {
    return text.replaceAll("\\p{Cntrl}+", " ");
  }

  private void append(String variable, String text) {
    String file = environment.get(variable);
    if (file == null || file.isEmpty()) {
      return;
    }
    try {
      Files.writeString(
          Path.of(file),
          text,
          StandardCharsets.UTF_8,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      err.println("pharos gate: $" + variable + " can't be written: " + e.getMessage());
    }
  }
}
