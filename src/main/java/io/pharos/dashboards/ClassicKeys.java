package io.pharos.dashboards;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Set;

/// The keys of classic dashboards, of which a translation knows all or refuses the object.
final class ClassicKeys {
  /// Those of a dashboard.
  static final Set<String> DASHBOARD =
      Set.of(
          "annotations",
          "description",
          "editable",
          "fiscalYearStartMonth",
          "graphTooltip",
          "links",
          "liveNow",
          "panels",
          "refresh",
          "schemaVersion",
          "tags",
          "templating",
          "time",
          "timepicker",
          "timezone",
          "title",
          "uid",
          "version",
          "weekStart");

  private ClassicKeys() {}

  /// @param schema what is translated to
  /// @throws IllegalArgumentException for a name that nobody has thought of
  static void known(JsonNode object, Set<String> names, String where, String schema) {
    object
        .fieldNames()
        .forEachRemaining(
            name -> {
              if (!names.contains(name)) {
                throw new IllegalArgumentException(
                    "%s has %s, for which there is no translation to %s"
                        .formatted(where, name, schema));
              }
            });
  }
}
