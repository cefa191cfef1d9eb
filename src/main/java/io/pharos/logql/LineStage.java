package io.pharos.logql;

import static java.util.Objects.requireNonNull;

import com.google.re2j.Pattern;
import io.pharos.model.LabelMatcher;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What a pipeline does with each line, as far as [LineEvaluation] can do it without a Loki.
public sealed interface LineStage {
  /// Keeps lines that have one of some texts, or that have none.
  record Contains(List<String> texts, boolean isNegated) implements LineStage {
    public Contains {
      texts = List.copyOf(texts);
    }
  }

  /// Keeps lines in which one of some expressions is found, or none.
  record Finds(List<Pattern> patterns, boolean isNegated) implements LineStage {
    public Finds {
      patterns = List.copyOf(patterns);
    }
  }

  /// Takes labels out of a line of JSON.
  ///
  /// @param keys the key of each label; none for all keys
  record Json(Map<String, String> keys) implements LineStage {
    public Json {
      keys = Map.copyOf(new TreeMap<>(keys));
    }
  }

  /// Keeps lines whose label a matcher takes; an absent label is empty.
  record Matches(LabelMatcher matcher) implements LineStage {
    public Matches {
      requireNonNull(matcher, "matcher is null");
    }
  }

  /// Keeps lines whose label is a number that compares so.
  ///
  /// @param comparison one of `==`, `!=`, `>`, `>=`, `<`, `<=`
  record Compares(String label, String comparison, double number) implements LineStage {
    public Compares {
      requireNonNull(label, "label is null");
      requireNonNull(comparison, "comparison is null");
    }
  }

  /// Takes a label's number for the value of the line.
  record Unwrap(String label) implements LineStage {
    public Unwrap {
      requireNonNull(label, "label is null");
    }
  }

  /// What only a Loki can do.
  ///
  /// @param what its name, for messages
  record Other(String what) implements LineStage {
    public Other {
      requireNonNull(what, "what is null");
    }
  }
}
