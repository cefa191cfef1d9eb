package io.pharos.template.value;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/// A function or method that templates may call.
///
/// @param name as templates write it
/// @param minArguments the fewest arguments that it takes
/// @param maxArguments the most, or -1 for any number
/// @param body what it does
public record TemplateFunction(String name, int minArguments, int maxArguments, Body body) {
  public TemplateFunction {
    requireNonNull(name, "name is null");
    requireNonNull(body, "body is null");
    if (minArguments < 0 || (maxArguments >= 0 && maxArguments < minArguments)) {
      throw new IllegalArgumentException(
          name + ": takes " + minArguments + " to " + maxArguments + " arguments");
    }
  }

  /// What a function does. An IllegalArgumentException becomes a TemplateException that names the
  /// place of the call.
  @FunctionalInterface
  public interface Body {
    @Nullable Object apply(Arguments arguments);
  }

  public boolean accepts(int arguments) {
    return arguments >= minArguments && (maxArguments < 0 || arguments <= maxArguments);
  }

  public String expected() {
    return maxArguments < 0
        ? "at least " + minArguments
        : minArguments == maxArguments
            ? Integer.toString(minArguments)
            : minArguments + " to " + maxArguments;
  }
}
