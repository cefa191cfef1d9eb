package io.pharos.probe.expression;

import java.util.Map;

/// The static type of a part of an expression.
public sealed interface Type {
  /// A simple type.
  enum Plain implements Type {
    BOOL("a boolean"),
    NUMBER("a number"),
    STRING("a string"),
    /// JSON whose type is only known when the answer arrives.
    ANY("JSON");

    private final String word;

    Plain(String word) {
      this.word = word;
    }

    @Override
    public String toString() {
      return word;
    }
  }

  /// A record with exactly these fields.
  record Fields(Map<String, Type> types) implements Type {
    public Fields {
      types = Map.copyOf(types);
    }

    @Override
    public String toString() {
      return "a record";
    }
  }

  /// A list, or a map with arbitrary keys, whose elements have one type.
  record ListOf(Type element) implements Type {
    @Override
    public String toString() {
      return "a list";
    }
  }
}
