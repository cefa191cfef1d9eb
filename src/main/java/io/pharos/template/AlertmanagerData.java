package io.pharos.template;

import static io.pharos.template.value.TemplateObject.method;

import io.pharos.template.value.TemplateObject;
import io.pharos.template.value.TimeValue;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The data of Alertmanager's templates: an alert group that is sent to a receiver.
///
/// @param receiver name of the receiver
/// @param alerts the group's alerts, firing and resolved
/// @param groupLabels labels of the group's `group_by`
/// @param externalUrl external base URL of Pharos
/// @param reason why the notification is sent, in Alertmanager's words; may be empty
public record AlertmanagerData(
    String receiver,
    List<Alert> alerts,
    KeyValues groupLabels,
    String externalUrl,
    String reason,
    KeyValues routeLabels)
    implements TemplateObject {
  public AlertmanagerData {
    alerts = List.copyOf(alerts);
  }

  /// Returns `firing` if any alert fires, otherwise `resolved`.
  public String status() {
    return firing().isEmpty() ? "resolved" : "firing";
  }

  /// Returns the firing alerts.
  public List<Alert> firing() {
    return alerts.stream().filter(Alert::firing).toList();
  }

  /// Returns the resolved alerts.
  public List<Alert> resolved() {
    return alerts.stream().filter(alert -> !alert.firing()).toList();
  }

  /// Returns the labels that all alerts have with equal values.
  public KeyValues commonLabels() {
    return common(Alert::labels);
  }

  /// Returns the annotations that all alerts have with equal values.
  public KeyValues commonAnnotations() {
    return common(Alert::annotations);
  }

  private KeyValues common(Function<Alert, KeyValues> part) {
    if (alerts.isEmpty()) {
      return KeyValues.of(Map.of());
    }
    var common = new TreeMap<>(part.apply(alerts.getFirst()).entries());
    for (Alert alert : alerts) {
      common.entrySet().retainAll(part.apply(alert).entries().entrySet());
    }
    return KeyValues.of(common);
  }

  @Override
  public String typeName() {
    return "template.Data";
  }

  @Override
  public Shape shape() {
    return Struct.of(
        "Receiver",
        receiver,
        "Status",
        status(),
        "Alerts",
        new Alerts(alerts),
        "GroupLabels",
        groupLabels,
        "CommonLabels",
        commonLabels(),
        "CommonAnnotations",
        commonAnnotations(),
        "ExternalURL",
        externalUrl);
  }

  @Override
  public String jsonName(String field) {
    return Alert.jsonKey(field);
  }

  @Override
  public Optional<Member> member(String name) {
    return switch (name) {
      case "NotificationReason" -> Optional.of(new Property(reason));
      case "RouteLabels" -> Optional.of(new Property(routeLabels));
      default -> TemplateObject.super.member(name);
    };
  }

  /// A list of alerts with the methods Firing and Resolved.
  record Alerts(List<Alert> alerts) implements TemplateObject {
    Alerts {
      alerts = List.copyOf(alerts);
    }

    @Override
    public String typeName() {
      return "template.Alerts";
    }

    @Override
    public Shape shape() {
      return new Sequence(alerts);
    }

    @Override
    public Optional<Member> member(String name) {
      return switch (name) {
        case "Firing" -> method(name, () -> withState(true));
        case "Resolved" -> method(name, () -> withState(false));
        default -> Optional.empty();
      };
    }

    private Alerts withState(boolean firing) {
      return new Alerts(alerts.stream().filter(alert -> alert.firing() == firing).toList());
    }
  }

  /// An alert in Alertmanager's templates.
  ///
  /// @param firing whether the alert fires; otherwise it is resolved
  /// @param endsAt when the alert was resolved; null while it fires
  /// @param generatorUrl page of the rule's expression
  /// @param fingerprint 16 hexadecimal digits
  public record Alert(
      boolean firing,
      KeyValues labels,
      KeyValues annotations,
      OffsetDateTime startsAt,
      @Nullable OffsetDateTime endsAt,
      String generatorUrl,
      String fingerprint)
      implements TemplateObject {
    /// Returns `firing` or `resolved`.
    public String status() {
      return firing ? "firing" : "resolved";
    }

    /// Returns a field's key in the JSON of Alertmanager's structs: the field's name with its first
    /// letter in lower case.
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
}
