package io.pharos.promql.engine;

import io.pharos.model.GoMath;

/// Minimum and maximum of an aggregation's parameter over all steps; both NaN if any is NaN and
/// none infinite.
record ParameterRange(double min, double max, boolean anyNaN) {
  static ParameterRange of(double[] parameters) {
    double min = Double.MAX_VALUE;
    double max = -Double.MAX_VALUE;
    boolean anyNaN = false;
    for (double parameter : parameters) {
      min = GoMath.min(min, parameter);
      max = GoMath.max(max, parameter);
      anyNaN |= Double.isNaN(parameter);
    }
    return new ParameterRange(min, max, anyNaN);
  }
}
