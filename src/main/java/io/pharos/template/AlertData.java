package io.pharos.template;

import io.pharos.template.value.TemplateObject;
import io.pharos.template.value.TimeValue;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/// An alert in Alertmanager's templates.
///
/// @param firing whether it fires; otherwise it is resolved
/// @param startsAt when it began to fire
/// @param endsAt when it resolved; null while it fires
/// @param generatorUrl page of the rule's expression
/// @param fingerprint 16 hexadecimal digits
public record AlertData(
    boolean firing,
    KeyValues labels,
    KeyValues annotations,
    OffsetDateTime startsAt,
    @Nullable OffsetDateTime endsAt,
    String generatorUrl,
    String fingerprint)
    implements TemplateObject {
  /// `firing` or `resolved`.
  public String status() {
    return firing ? "firing" : "resolved";
  }

  /// Key of a field in the JSON of Alertmanager's structs: a small first letter.
  static String jsonKey(String field) {
    return field.equals("ExternalURL")
        ? "externalURL"
        : Character.toLowerCase(field.charAt(0)) + field.substring(1);
  }

  @Override
  public String typeName() {
    return "template.Alert";
  }

  @Override
  public Shape shape() {
    return Struct.of(
        "Status", status(),
        "Labels", labels,
        "Annotations", annotations,
        "StartsAt", TimeValue.of(startsAt),
        "EndsAt", endsAt == null ? TimeValue.ZERO : TimeValue.of(endsAt),
        "GeneratorURL", generatorUrl,
        "Fingerprint", fingerprint);
  }

  @Override
  public String jsonName(String field) {
    return jsonKey(field);
  }
}
