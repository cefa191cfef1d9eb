package io.pharos.lint;

import io.pharos.config.yaml.YamlValue;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Collects findings about files, each once.
final class Findings {
  private final Set<Finding> all = new LinkedHashSet<>();

  void error(LintCheck check, YamlValue at, String message) {
    add(at.file(), at.line(), FindingSeverity.ERROR, check, message);
  }

  void error(LintCheck check, String file, int line, String message) {
    add(file, line, FindingSeverity.ERROR, check, message);
  }

  void warn(LintCheck check, YamlValue at, String message) {
    add(at.file(), at.line(), FindingSeverity.WARNING, check, message);
  }

  void warn(LintCheck check, String file, int line, String message) {
    add(file, line, FindingSeverity.WARNING, check, message);
  }

  void add(String file, int line, FindingSeverity severity, LintCheck check, String message) {
    all.add(new Finding(file, line, severity, check, message));
  }

  List<Finding> list() {
    return List.copyOf(all);
  }
}
