package io.pharos.template.value;

import java.util.Optional;

/// A number with a name, such as Go's months and weekdays.
///
/// @param typeName such as `time.Month`
record NamedNumber(String typeName, long number, String name) implements TemplateObject {
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
