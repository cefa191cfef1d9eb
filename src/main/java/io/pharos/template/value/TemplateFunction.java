package io.pharos.template.value;

import org.jspecify.annotations.Nullable;

/// A function or method that templates may call.
///
/// @param maxArguments maximum number of arguments; -1 for any number
public record TemplateFunction(String name, int minArguments, int maxArguments, Body body) {
  public TemplateFunction {
    if (minArguments < 0 || (maxArguments >= 0 && maxArguments < minArguments)) {
      throw new IllegalArgumentException(
          "expected a range of the number of arguments of %s, found %d to %d"
              .formatted(name, minArguments, maxArguments));
    }
  }

  /// The implementation of a function. If it throws IllegalArgumentException, the template fails
  /// with a TemplateException that has the position of the call.
  @FunctionalInterface
  public interface Body {
    /// Calls the function.
    @Nullable Object apply(Arguments arguments);
  }

  /// Returns whether the function accepts this number of arguments.
  public boolean accepts(int arguments) {
    return arguments >= minArguments && (maxArguments < 0 || arguments <= maxArguments);
  }

  /// Returns the expected number of arguments, for errors.
  public String expected() {
    return maxArguments < 0
        ? "at least " + minArguments
        : minArguments == maxArguments
            ? Integer.toString(minArguments)
            : minArguments + " to " + maxArguments;
  }
}
