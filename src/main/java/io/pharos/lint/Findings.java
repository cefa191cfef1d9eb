package io.pharos.lint;

import io.pharos.config.yaml.YamlValue;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Collects findings without repeats.
public final class Findings {
  private final Set<Finding> all = new LinkedHashSet<>();

  /// Adds an error at a value.
  public void error(LintCheck check, YamlValue value, String message) {
    add(value.file(), value.line(), FindingSeverity.ERROR, check, message);
  }

  /// Adds an error at a line; 0 for the whole file.
  public void error(LintCheck check, String file, int line, String message) {
    add(file, line, FindingSeverity.ERROR, check, message);
  }

  /// Adds a warning at a value.
  public void warn(LintCheck check, YamlValue value, String message) {
    add(value.file(), value.line(), FindingSeverity.WARNING, check, message);
  }

  /// Adds a warning at a line; 0 for the whole file.
  public void warn(LintCheck check, String file, int line, String message) {
    add(file, line, FindingSeverity.WARNING, check, message);
  }

  /// Adds a finding at a line; 0 for the whole file.
  public void add(
      String file, int line, FindingSeverity severity, LintCheck check, String message) {
    all.add(new Finding(file, line, severity, check, message));
  }

  /// Returns all findings, in the order in which they were added.
  public List<Finding> list() {
    return List.copyOf(all);
  }
}
