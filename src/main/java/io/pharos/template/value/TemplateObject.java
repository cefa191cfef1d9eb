package io.pharos.template.value;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/// A value with members that templates may read: the counterpart of a Go struct, or of a named type
/// with methods. Beside these, templates see nil (null), String, Boolean, Long (Go's int), Double
/// (float64), List and Map with String keys.
public interface TemplateObject {
  /// The Go type as `%T` and errors name it, for example `template.KV`.
  String typeName();

  /// The field or method of this name, if there is one.
  Optional<Member> member(String name);

  /// What the value is to `range`, `len`, `index`, `if` and printing.
  Shape shape();

  /// The text that `%v` and `%s` print where the Go type has a String method.
  default Optional<String> printed() {
    return Optional.empty();
  }

  /// Key of a struct's field in JSON.
  default String jsonName(String field) {
    return field;
  }

  /// A field or a method.
  sealed interface Member {}

  /// A field that has this value.
  record Property(@Nullable Object value) implements Member {}

  /// A method; it gets the arguments that follow its name.
  record Method(TemplateFunction function) implements Member {}

  /// What a value is apart from its members.
  sealed interface Shape {}

  /// A struct: always true, printed field by field in this order.
  record Struct(SequencedMap<String, ? extends @Nullable Object> fields) implements Shape {}

  /// A slice.
  record Sequence(List<? extends @Nullable Object> elements) implements Shape {}

  /// A map; keys are walked in their order as strings.
  record Mapping(Map<String, ? extends @Nullable Object> entries) implements Shape {}

  /// A value that is printed as this text and is true or false as Go sees its kind.
  record Printed(String text, boolean truth) implements Shape {}
}
