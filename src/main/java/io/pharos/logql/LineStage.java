package io.pharos.logql;

import com.google.re2j.Pattern;
import io.pharos.model.LabelMatcher;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A stage of a pipeline that [LineEvaluation] supports, or [Other].
public sealed interface LineStage {
  /// Keeps the lines that contain any of the texts; if negated, those that contain none.
  record Contains(List<String> texts, boolean isNegated) implements LineStage {
    public Contains {
      texts = List.copyOf(texts);
    }
  }

  /// Keeps the lines in which any of the patterns is found; if negated, those in which none is.
  record Finds(List<Pattern> patterns, boolean isNegated) implements LineStage {
    public Finds {
      patterns = List.copyOf(patterns);
    }
  }

  /// Extracts labels from a line of JSON.
  ///
  /// @param keys JSON key for each label; empty to extract all keys
  record Json(Map<String, String> keys) implements LineStage {
    public Json {
      keys = Map.copyOf(new TreeMap<>(keys));
    }
  }

  /// Keeps the lines whose label matches. A missing label has an empty value.
  record Matches(LabelMatcher matcher) implements LineStage {}

  /// Keeps lines whose label is a number that satisfies a comparison.
  ///
  /// @param comparison one of `==`, `!=`, `>`, `>=`, `<`, `<=`
  record Compares(String label, String comparison, double number) implements LineStage {}

  /// Uses the number in a label as the value of the line.
  record Unwrap(String label) implements LineStage {}

  /// An unsupported stage.
  ///
  /// @param name name for messages
  record Other(String name) implements LineStage {}
}
