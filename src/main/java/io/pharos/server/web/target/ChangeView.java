package io.pharos.server.web.target;

import jakarta.ws.rs.core.MultivaluedMap;
import java.util.List;

/// The page of a change of a versioned file.
///
/// @param files the files that may be changed
record ChangeView(Request request, List<String> files, Answer answer) {
  /// What a reader wants to change.
  ///
  /// @param isProbe whether the file is of probes; else of targets
  /// @param old name of the probe that is changed; empty for a new one
  /// @param entry the text of the entry
  /// @param hash hash of the file's text when its difference was shown; empty before
  record Request(boolean isProbe, String file, String old, String entry, String hash) {
    static Request of(boolean isProbe, List<WatchFiles.Choice> choices, String entry) {
      return new Request(
          isProbe, choices.isEmpty() ? "" : choices.getFirst().name(), "", entry, "");
    }

    static Request of(MultivaluedMap<String, String> form) {
      return new Request(
          !"false".equals(form.getFirst("probe")),
          text(form, "file"),
          text(form, "old"),
          text(form, "entry").replace("\r\n", "\n"),
          text(form, "hash"));
    }

    private static String text(MultivaluedMap<String, String> form, String key) {
      String value = form.getFirst(key);
      return value == null ? "" : value;
    }

    Request at(String newHash) {
      return new Request(isProbe, file, old, entry, newHash);
    }
  }

  /// A line of a difference.
  ///
  /// @param look its class in the style sheet; empty for an unchanged line
  record Line(String look, String text) {
    static Line of(String line) {
      return new Line(line.startsWith("+") ? "ok" : line.startsWith("-") ? "failed" : "", line);
    }
  }

  /// What the page says about the change.
  ///
  /// @param state class of the sentence in the style sheet; empty without a sentence
  /// @param problems the words of `pharos check`
  /// @param difference what would change; empty if nothing is to be written
  /// @param removes whether the difference removes the entry
  /// @param isDone whether the file was written
  record Answer(
      String state,
      String sentence,
      List<String> problems,
      List<Line> difference,
      boolean removes,
      boolean isDone) {
    static Answer none() {
      return new Answer("", "", List.of(), List.of(), false, false);
    }

    static Answer refused(String sentence) {
      return new Answer("firing", sentence, List.of(), List.of(), false, false);
    }

    static Answer problems(List<String> problems) {
      return new Answer(
          "firing",
          "Nothing is written: pharos check would find problems.",
          problems,
          List.of(),
          false,
          false);
    }

    static Answer tried(String state, String sentence) {
      return new Answer(state, sentence, List.of(), List.of(), false, false);
    }

    static Answer difference(List<String> lines, boolean removes, boolean isStale) {
      return new Answer(
          isStale ? "firing" : lines.isEmpty() ? "unknown" : "ok",
          isStale
              ? "Nothing is written, because others changed the file meanwhile. This is the difference to the file as it is now."
              : lines.isEmpty()
                  ? "This changes nothing."
                  : "pharos check finds no problem. Nothing is written yet.",
          List.of(),
          lines.stream().map(Line::of).toList(),
          removes,
          false);
    }

    static Answer done(String sentence) {
      return new Answer("ok", sentence, List.of(), List.of(), false, true);
    }
  }
}
