package io.pharos.template.value;

import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Go's rules for values in templates: truth, type names, elements, entries and comparison.
public final class Values {
  private Values() {}

  /// Returns whether `if` treats the value as true.
  public static boolean truth(@Nullable Object value) {
    return switch (value) {
      case null -> false;
      case Boolean flag -> flag;
      case Long number -> number != 0;
      case Double number -> number != 0;
      case String text -> !text.isEmpty();
      case SafeText safe -> !safe.text().isEmpty();
      case List<?> list -> !list.isEmpty();
      case Map<?, ?> map -> !map.isEmpty();
      case TemplateObject object ->
          switch (object.shape()) {
            case TemplateObject.Struct _ -> true;
            case TemplateObject.Sequence(var elements) -> !elements.isEmpty();
            case TemplateObject.Mapping(var entries) -> !entries.isEmpty();
            case TemplateObject.Printed(_, boolean truth) -> truth;
          };
      default -> true;
    };
  }

  /// Returns the Go type as `%T` prints it.
  public static String typeName(@Nullable Object value) {
    return switch (value) {
      case null -> "<nil>";
      case Boolean _ -> "bool";
      case Long _ -> "int";
      case Double _ -> "float64";
      case String _ -> "string";
      case SafeText safe -> safe.kind().typeName();
      case List<?> list -> "[]" + elementType(list);
      case Map<?, ?> map -> "map[string]" + elementType(map.values());
      case TemplateObject object -> object.typeName();
      default -> value.getClass().getSimpleName();
    };
  }

  private static String elementType(Iterable<?> elements) {
    for (Object element : elements) {
      if (!(element instanceof String)) {
        return "interface {}";
      }
    }
    return "string";
  }

  /// Returns the elements of a slice; null for any other value.
  public static @Nullable List<? extends @Nullable Object> elements(@Nullable Object value) {
    return switch (value) {
      case List<?> list -> list;
      case TemplateObject object when object.shape() instanceof TemplateObject.Sequence sequence ->
          sequence.elements();
      case null, default -> null;
    };
  }

  /// Returns the entries of a map in the order of their keys; null for any other value.
  public static @Nullable SequencedMap<String, ? extends @Nullable Object> entries(
      @Nullable Object value) {
    Map<?, ? extends @Nullable Object> map =
        switch (value) {
          case Map<?, ?> plain -> plain;
          case TemplateObject object
              when object.shape() instanceof TemplateObject.Mapping mapping ->
              mapping.entries();
          case null, default -> null;
        };
    if (map == null) {
      return null;
    }
    var sorted = new TreeMap<String, @Nullable Object>();
    map.forEach((key, element) -> sorted.put(String.valueOf(key), element));
    return sorted;
  }

  /// Returns whether two values are equal, like Go's `eq`.
  ///
  /// @throws IllegalArgumentException for values that cannot be compared
  public static boolean equal(@Nullable Object left, @Nullable Object right) {
    Object a = basic(left);
    Object b = basic(right);
    if (a == null || b == null) {
      return a == null && b == null;
    }
    if (a.getClass() != b.getClass()) {
      throw new IllegalArgumentException("incompatible types for comparison");
    }
    if (a instanceof Double x && b instanceof Double y) {
      return x.doubleValue() == y.doubleValue();
    }
    if (a instanceof List || a instanceof Map) {
      throw new IllegalArgumentException("non-comparable type " + typeName(left));
    }
    return a.equals(b);
  }

  /// Returns whether one value is less than another, like Go's `lt`.
  ///
  /// @throws IllegalArgumentException for values that cannot be compared
  public static boolean less(@Nullable Object left, @Nullable Object right) {
    return switch (basic(left)) {
      case Long a when basic(right) instanceof Long b -> a < b;
      case Double a when basic(right) instanceof Double b -> a < b;
      case String a when basic(right) instanceof String b -> a.compareTo(b) < 0;
      case Long _, Double _, String _ ->
          throw new IllegalArgumentException("incompatible types for comparison");
      case null, default -> throw new IllegalArgumentException("invalid type for comparison");
    };
  }

  private static @Nullable Object basic(@Nullable Object value) {
    return switch (value) {
      case SafeText safe -> safe.text();
      case DurationValue duration -> duration.nanos();
      case TimeValue.NamedNumber named -> named.number();
      case null -> null;
      default -> value;
    };
  }
}
