package io.pharos.template.value;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The arguments of one function call, with Go's type checks, and the context of the execution.
public record Arguments(List<@Nullable Object> values, @Nullable Object context) {
  public Arguments {
    values = Collections.unmodifiableList(new ArrayList<>(values));
  }

  /// Returns the number of arguments.
  public int size() {
    return values.size();
  }

  /// Returns the i-th argument, from 0.
  public @Nullable Object get(int i) {
    return values.get(i);
  }

  /// Returns all arguments from the i-th on.
  public List<@Nullable Object> from(int i) {
    return values.subList(i, values.size());
  }

  /// Returns the i-th argument, which must be a string (plain or marked safe).
  public String string(int i) {
    return switch (values.get(i)) {
      case String text -> text;
      case SafeText safe -> safe.text();
      case null, default -> throw wrongType(i, "string");
    };
  }

  /// Returns the i-th argument, which must be a whole number.
  public long integer(int i) {
    return switch (values.get(i)) {
      case Long number -> number;
      case null, default -> throw wrongType(i, "int");
    };
  }

  /// Returns the i-th argument as a float: a number, a duration (in seconds), or a string that
  /// contains a number.
  public double number(int i) {
    return switch (values.get(i)) {
      case Double number -> number;
      case Long number -> number;
      case DurationValue duration -> duration.seconds();
      case String text -> parseDouble(text);
      case null, default -> throw wrongType(i, "a number");
    };
  }

  private static double parseDouble(String text) {
    return switch (text) {
      case "+Inf", "Inf", "inf", "+inf" -> Double.POSITIVE_INFINITY;
      case "-Inf", "-inf" -> Double.NEGATIVE_INFINITY;
      case "NaN", "nan" -> Double.NaN;
      default -> {
        try {
          yield Double.parseDouble(text);
        } catch (NumberFormatException e) {
          throw new IllegalArgumentException(
              "parsing " + io.pharos.model.Quoted.of(text) + ": expected a number", e);
        }
      }
    };
  }

  /// Returns the i-th argument, which must be a slice.
  public List<? extends @Nullable Object> list(int i) {
    return switch (values.get(i)) {
      case List<?> list -> list;
      case TemplateObject object when object.shape() instanceof TemplateObject.Sequence sequence ->
          sequence.elements();
      case null, default -> throw wrongType(i, "a list");
    };
  }

  /// Returns the i-th argument as a slice of strings.
  public List<String> strings(int i) {
    var strings = new ArrayList<String>();
    for (Object element : list(i)) {
      if (!(element instanceof String text)) {
        throw wrongType(i, "a list of strings");
      }
      strings.add(text);
    }
    return strings;
  }

  /// Returns the i-th argument, which must be a time.
  public TimeValue time(int i) {
    if (values.get(i) instanceof TimeValue time) {
      return time;
    }
    throw wrongType(i, "time.Time");
  }

  /// Returns the i-th argument, which must be a duration or a number of nanoseconds.
  public DurationValue duration(int i) {
    return switch (values.get(i)) {
      case DurationValue duration -> duration;
      case Long nanos -> new DurationValue(nanos);
      case null, default -> throw wrongType(i, "time.Duration");
    };
  }

  /// Returns the i-th argument, which must be a map.
  public Map<String, ? extends @Nullable Object> map(int i) {
    Object value = values.get(i);
    var entries = Values.entries(value);
    if (entries == null) {
      throw wrongType(i, "a map");
    }
    return entries;
  }

  /// Returns the context that was passed to `Template.execute`.
  ///
  /// @throws IllegalArgumentException if there is no context of this type
  public <T> T context(Class<T> type) {
    if (!type.isInstance(context)) {
      throw new IllegalArgumentException("the function is not available here");
    }
    return type.cast(context);
  }

  private IllegalArgumentException wrongType(int i, String expected) {
    return new IllegalArgumentException(
        "wrong type for argument %d; expected %s; got %s"
            .formatted(i + 1, expected, Values.typeName(values.get(i))));
  }
}
