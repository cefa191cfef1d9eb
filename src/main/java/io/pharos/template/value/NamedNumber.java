package io.pharos.template.value;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/// A number with a name, such as Go's months and weekdays.
///
/// @param typeName such as `time.Month`
record NamedNumber(String typeName, long number, String name) implements TemplateObject {
  NamedNumber {
    requireNonNull(typeName, "typeName is null");
    requireNonNull(name, "name is null");
  }

  @Override
  public Optional<Member> member(String member) {
    return member.equals("String") ? TemplateObject.method(member, 0, _ -> name) : Optional.empty();
  }

  @Override
  public Shape shape() {
    return new Printed(name, number != 0);
  }

  @Override
  public Optional<String> printed() {
    return Optional.of(name);
  }
}
