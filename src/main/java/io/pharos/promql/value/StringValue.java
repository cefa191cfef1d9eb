package io.pharos.promql.value;

import static java.util.Objects.requireNonNull;

/// A string with its time in Unix milliseconds.
public record StringValue(long timestampMillis, String value) implements Value {
  public StringValue {
    requireNonNull(value, "value is null");
  }

  @Override
  public String typeName() {
    return "string";
  }
}
