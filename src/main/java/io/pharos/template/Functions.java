package io.pharos.template;

import io.pharos.template.value.TemplateFunction;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An immutable set of functions by name. Go's built-ins are always among them.
public final class Functions {
  private final Map<String, TemplateFunction> byName;

  private Functions(Map<String, TemplateFunction> byName) {
    this.byName = Map.copyOf(byName);
  }

  /// Go's built-in functions alone.
  public static Functions builtins() {
    return builder().build();
  }

  public static Builder builder() {
    return new Builder();
  }

  @Nullable TemplateFunction find(String name) {
    return byName.get(name);
  }

  /// Collects functions; one of a name that exists replaces it.
  public static final class Builder {
    private final Map<String, TemplateFunction> byName = new HashMap<>();

    private Builder() {
      Builtins.addTo(this);
    }

    /// A function of exactly this many arguments.
    public Builder add(String name, int arguments, TemplateFunction.Body body) {
      return add(name, arguments, arguments, body);
    }

    /// A function of this many arguments; -1 as the most means any number.
    public Builder add(String name, int least, int most, TemplateFunction.Body body) {
      byName.put(name, new TemplateFunction(name, least, most, body));
      return this;
    }

    public Functions build() {
      return new Functions(byName);
    }
  }
}
