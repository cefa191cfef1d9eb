package io.pharos.template;

import io.pharos.template.value.TemplateFunction;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An immutable set of template functions by name. It always includes Go's built-in functions.
public final class Functions {
  private final Map<String, TemplateFunction> byName;

  private Functions(Map<String, TemplateFunction> byName) {
    this.byName = Map.copyOf(byName);
  }

  /// Returns the set with only Go's built-in functions.
  public static Functions builtins() {
    return builder().build();
  }

  /// Returns a builder that contains Go's built-in functions.
  public static Builder builder() {
    return new Builder();
  }

  @Nullable TemplateFunction find(String name) {
    return byName.get(name);
  }

  /// Collects functions; a function replaces an earlier function with the same name.
  public static final class Builder {
    private final Map<String, TemplateFunction> byName = new HashMap<>();

    private Builder() {
      Builtins.addTo(this);
    }

    /// Adds a function with a fixed number of arguments.
    public Builder add(String name, int arguments, TemplateFunction.Body body) {
      return add(name, arguments, arguments, body);
    }

    /// Adds a function.
    ///
    /// @param minArguments minimum number of arguments
    /// @param maxArguments maximum number of arguments; -1 for any number
    public Builder add(
        String name, int minArguments, int maxArguments, TemplateFunction.Body body) {
      byName.put(name, new TemplateFunction(name, minArguments, maxArguments, body));
      return this;
    }

    /// Builds the set.
    public Functions build() {
      return new Functions(byName);
    }
  }
}
