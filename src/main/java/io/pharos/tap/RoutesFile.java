package io.pharos.tap;

import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Quoted;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Reads `tap/routes.yml` strictly (docs/format/tap.md).
public final class RoutesFile {
  private RoutesFile() {}

  /// Reads the routes of a file.
  ///
  /// @throws ConfigException with all problems of the file
  public static RouteTable read(Path file) {
    return YamlFile.read(file, RoutesFile::table);
  }

  /// Reads the routes of a text; error messages refer to the text by `name`.
  ///
  /// @throws ConfigException with all problems of the text
  public static RouteTable parse(String name, String text) {
    return table(YamlFile.parse(name, text));
  }

  private static RouteTable table(YamlMap map) {
    var problems = new ArrayList<ConfigException.Problem>();
    var routes = new ArrayList<RoutePattern>();
    List<YamlValue> items = map.get("routes").map(YamlValue::asList).orElse(List.of());
    if (items.size() > RouteTable.MAX_ROUTES) {
      throw map.require("routes")
          .error(
              "expected at most %d routes, found %d"
                  .formatted(RouteTable.MAX_ROUTES, items.size()));
    }
    for (YamlValue item : items) {
      try {
        RoutePattern route = item.parse("METHOD /path/:name, or a path alone", RoutePattern::parse);
        add(routes, route, item);
      } catch (ConfigException e) {
        problems.addAll(e.problems());
      }
    }
    try {
      map.finish();
    } catch (ConfigException e) {
      problems.addAll(e.problems());
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    if (routes.isEmpty()) {
      throw map.error("routes: expected a list of METHOD /path/:name, found none");
    }
    return new RouteTable(routes);
  }

  private static void add(List<RoutePattern> routes, RoutePattern route, YamlValue item) {
    routes.stream()
        .filter(other -> other.method().equals(route.method()) && shape(other).equals(shape(route)))
        .findFirst()
        .ifPresent(
            other -> {
              throw item.error(
                  "expected a unique route, found %s, which matches the same requests as %s"
                      .formatted(Quoted.of(route.text()), Quoted.of(other.text())));
            });
    routes.add(route);
  }

  /// Returns the path without the names of its variables, such as `/machines/:` for
  /// `/machines/:id`. Routes with the same shape match the same paths.
  private static String shape(RoutePattern route) {
    var shape = new StringBuilder();
    for (String segment : route.segments()) {
      shape.append('/');
      shape.append(
          segment.startsWith(":") || segment.startsWith("*") ? segment.substring(0, 1) : segment);
    }
    return shape.toString();
  }
}
