package io.pharos.rules.lint;

import io.pharos.config.yaml.YamlValue;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Collects findings about files, each once.
final class Findings {
  private final Set<Finding> all = new LinkedHashSet<>();

  void error(Check check, YamlValue at, String message) {
    add(at.file(), at.line(), Severity.ERROR, check, message);
  }

  void error(Check check, String file, int line, String message) {
    add(file, line, Severity.ERROR, check, message);
  }

  void warn(Check check, YamlValue at, String message) {
    add(at.file(), at.line(), Severity.WARNING, check, message);
  }

  void warn(Check check, String file, int line, String message) {
    add(file, line, Severity.WARNING, check, message);
  }

  void add(String file, int line, Severity severity, Check check, String message) {
    all.add(new Finding(file, line, severity, check, message));
  }

  List<Finding> list() {
    return List.copyOf(all);
  }
}
