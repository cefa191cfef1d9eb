package io.pharos.logql;

import com.google.re2j.Pattern;
import io.pharos.model.LabelMatcher;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A stage of a pipeline that [LineEvaluation] supports, or [Other].
public sealed interface LineStage {
  /// Keeps the lines that contain any of the texts; if negated, the lines that contain none.
  record Contains(List<String> texts, boolean isNegated) implements LineStage {
    public Contains {
      texts = List.copyOf(texts);
    }
  }

  /// Keeps the lines in which any of the patterns matches a part; if negated, the lines in which
  /// none does.
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

  /// Keeps the lines with a label that satisfies the matcher. A missing label has an empty value.
  record Matches(LabelMatcher matcher) implements LineStage {}

  /// Keeps the lines with a label whose value is a number that satisfies the comparison.
  ///
  /// @param comparison one of `==`, `!=`, `>`, `>=`, `<`, `<=`
  record Compares(String label, String comparison, double number) implements LineStage {}

  /// Uses the number in a label as the value of the line.
  record Unwrap(String label) implements LineStage {}

  /// A stage that [LineEvaluation] does not support.
  ///
  /// @param name name of the stage in error messages
  record Other(String name) implements LineStage {}
}
