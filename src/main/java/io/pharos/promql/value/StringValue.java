package io.pharos.promql.value;

/// A string with its time in Unix milliseconds.
public record StringValue(long timestampMillis, String value) implements Value {
  @Override
  public String typeName() {
    return "string";
  }
}
