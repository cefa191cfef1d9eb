package io.pharos.promql.value;

/// The value of an expression: one of PromQL's four types.
public sealed interface Value permits Scalar, StringValue, InstantVector, RangeMatrix {
  /// The type's name in the HTTP API: `scalar`, `string`, `vector` or `matrix`.
  String typeName();
}
