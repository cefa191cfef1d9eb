package io.pharos.template.value;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A value with members that templates may read: the counterpart of a Go struct, or of a named type
/// with methods. The other values of templates are null (Go's nil), String, Boolean, Long (int),
/// Double (float64), List and Map with String keys.
public interface TemplateObject {
  /// Returns the Go type as `%T` and errors print it, such as `template.KV`.
  String typeName();

  /// Returns the field or method with a name; empty if there is none. By default only fields of a
  /// struct are found.
  default Optional<Member> member(String name) {
    return shape() instanceof Struct(var fields) && fields.containsKey(name)
        ? Optional.of(new Property(fields.get(name)))
        : Optional.empty();
  }

  /// Creates a method with a fixed number of arguments.
  static Optional<Member> method(String name, int arguments, TemplateFunction.Body body) {
    return Optional.of(new Method(new TemplateFunction(name, arguments, arguments, body)));
  }

  /// Creates a method without arguments.
  static Optional<Member> method(String name, Supplier<? extends @Nullable Object> body) {
    return method(name, 0, _ -> body.get());
  }

  /// Returns how `range`, `len`, `index`, `if` and printing treat the value.
  Shape shape();

  /// Returns the text that `%v` and `%s` print; empty if the Go type has no String method.
  default Optional<String> printed() {
    return Optional.empty();
  }

  /// Returns the key of a struct's field in JSON.
  default String jsonName(String field) {
    return field;
  }

  /// A field or a method of a value.
  sealed interface Member {}

  /// A field with its value.
  record Property(@Nullable Object value) implements Member {}

  /// A method. In a template, its arguments follow its name.
  record Method(TemplateFunction function) implements Member {}

  /// The kind of a value, independent of its members.
  sealed interface Shape {}

  /// A struct. `if` treats it as true; it is printed field by field in this order.
  record Struct(SequencedMap<String, ? extends @Nullable Object> fields) implements Shape {
    /// Creates a struct from alternating names and values.
    public static Struct of(Object... namesAndValues) {
      var fields = new LinkedHashMap<String, Object>();
      for (int i = 0; i < namesAndValues.length; i += 2) {
        fields.put((String) namesAndValues[i], namesAndValues[i + 1]);
      }
      return new Struct(fields);
    }
  }

  /// A slice with its elements.
  record Sequence(List<? extends @Nullable Object> elements) implements Shape {}

  /// A map; `range` visits its entries in the order of their keys.
  record Mapping(Map<String, ? extends @Nullable Object> entries) implements Shape {}

  /// A value that prints as this text.
  ///
  /// @param truth whether `if` treats it as true
  record Printed(String text, boolean truth) implements Shape {}
}
