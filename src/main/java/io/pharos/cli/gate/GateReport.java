package io.pharos.cli.gate;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Prints the progress and the result of a gate: lines, with outputs, annotations and a step
/// summary for GitHub Actions; JSON objects, one per line; or one line for Nagios.
final class GateReport {
  /// What is printed to standard output.
  enum Format {
    LINES,
    JSON,
    NAGIOS
  }

  /// The width of a line that changes in place. A longer line would wrap, and stay.
  private static final int WIDTH = 79;

  private final Map<String, String> environment;
  private final PrintStream out;
  private final PrintStream err;
  private final Format format;
  private final boolean onTerminal;
  private final Map<String, String> printedLines = new HashMap<>();
  private String progressLine = "";

  /// @param onTerminal whether the line of the progress changes in place
  GateReport(
      Map<String, String> environment,
      PrintStream out,
      PrintStream err,
      Format format,
      boolean onTerminal) {
    this.environment = environment;
    this.out = out;
    this.err = err;
    this.format = format;
    this.onTerminal = onTerminal && format == Format.LINES;
  }

  private PrintStream lines() {
    return format == Format.LINES ? out : err;
  }

  private boolean onGitHub() {
    return environment.containsKey("GITHUB_OUTPUT") || environment.containsKey("GITHUB_ACTIONS");
  }

  void say(String line) {
    lines().println(clean(line));
  }

  /// Prints how far a running gate is: in place on a terminal, otherwise as a line if it changed.
  void progress(GateProgress progress) {
    String line = clean(progress.line());
    if (line.equals(progressLine)) {
      return;
    }
    if (format == Format.JSON) {
      out.println(progress.json());
    } else if (onTerminal) {
      out.print("\r" + " ".repeat(Math.min(WIDTH, progressLine.length())));
      out.print("\r" + line.substring(0, Math.min(WIDTH, line.length())));
      out.flush();
    } else {
      lines().println("  " + line);
    }
    progressLine = line;
  }

  private void checks(JsonNode gate) {
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
  /// @param progress how far the gate was; empty if there is no gate
  int end(
      GateOutcome outcome,
      boolean go,
      String summary,
      JsonNode gate,
      Optional<GateProgress> progress,
      String url) {
    String text = clean(summary);
    int code = go ? 0 : outcome.exitCode(format == Format.NAGIOS);
    if (onTerminal && !progressLine.isEmpty()) {
      out.println();
    }
    switch (format) {
      case NAGIOS ->
          out.println(
              "GATE %s - %s: %s%s"
                  .formatted(
                      outcome.nagiosWord(),
                      outcome,
                      text.replace('|', '/'), // begins the performance data
                      progress.map(it -> " | " + it.performanceData()).orElse("")));
      case JSON -> {
        ObjectNode result = JSON.createObjectNode();
        progress.ifPresent(it -> result.setAll(it.json()));
        result.put("verdict", outcome.name()).put("go", go).put("exit", code).put("summary", text);
        if (gate.isObject()) {
          result.set("gate", gate);
        }
        out.println(result);
      }
      case LINES ->
          out.println(
              outcome + (go && outcome != GateOutcome.PASS ? " (allowed)" : "") + ": " + text);
    }
    checks(gate);
    if (onGitHub()) {
      annotate(outcome, go, text, gate);
    }
    append("GITHUB_OUTPUT", outputs(outcome, gate, url));
    append("GITHUB_STEP_SUMMARY", markdown(outcome, go, text, gate, url));
    return code;
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
