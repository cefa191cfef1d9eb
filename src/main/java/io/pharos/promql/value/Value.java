package io.pharos.promql.value;

/// The value of an expression, in one of PromQL's four types.
public sealed interface Value permits Scalar, StringValue, InstantVector, RangeMatrix {
  /// Returns the name of the type in the HTTP API: `scalar`, `string`, `vector` or `matrix`.
  String typeName();
}
