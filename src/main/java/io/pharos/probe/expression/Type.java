package io.pharos.probe.expression;

import java.util.Map;

/// What a part of an expression can be, as far as it is known before there is an answer.
public sealed interface Type {
  /// A type without parts.
  enum Plain implements Type {
    BOOL("a boolean"),
    NUMBER("a number"),
    STRING("a string"),
    /// JSON of which only the answer tells what it is
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

  /// A record: these fields and no others.
  record Fields(Map<String, Type> types) implements Type {
    public Fields {
      types = Map.copyOf(types);
    }

    @Override
    public String toString() {
      return "a record";
    }
  }

  /// A list, or a map with any keys, of which everything has one type.
  record Each(Type of) implements Type {
    @Override
    public String toString() {
      return "a list";
    }
  }
}
