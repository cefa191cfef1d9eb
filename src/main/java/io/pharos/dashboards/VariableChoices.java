package io.pharos.dashboards;

import java.util.List;
import java.util.Map;

/// The values of variables that a reader chose.
///
/// @param values the chosen values by the name of the variable, `$__all` for all; a variable
///   without an entry has its default value
/// @param needsOptions whether the options of each variable are read, which costs a query each
public record VariableChoices(Map<String, List<String>> values, boolean needsOptions) {
  /// The default values, without options.
  public static final VariableChoices DEFAULT = new VariableChoices(Map.of(), false);

  public VariableChoices {
    values = Map.copyOf(values);
  }
}
