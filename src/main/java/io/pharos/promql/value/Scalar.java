package io.pharos.promql.value;

/// A number with its time in Unix milliseconds.
public record Scalar(long timestampMillis, double value) implements Value {
  @Override
  public String typeName() {
    return "scalar";
  }
}
