package io.pharos.template;

import io.pharos.template.value.Arguments;
import io.pharos.template.value.DurationValue;
import io.pharos.template.value.GoJson;
import io.pharos.template.value.GoLayoutParser;
import io.pharos.template.value.GoRegex;
import io.pharos.template.value.GoText;
import io.pharos.template.value.Humanize;
import io.pharos.template.value.SafeText;
import io.pharos.template.value.TimeValue;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The functions of Alertmanager's templates.
public final class AlertmanagerFunctions {
  private static final Functions ALL = build();

  private AlertmanagerFunctions() {}

  /// Context of the functions. It is passed to [Template#execute(Object, Object)].
  public record Context(Instant now, Map<String, String> routeLabels) {
    public Context {
      routeLabels = Map.copyOf(routeLabels);
    }
  }

  /// Returns Go's built-in functions and Alertmanager's functions.
  public static Functions all() {
    return ALL;
  }

  private static Functions build() {
    return Functions.builder()
        .add("toUpper", 1, a -> GoText.upper(a.string(0)))
        .add("toLower", 1, a -> GoText.lower(a.string(0)))
        .add("title", 1, a -> GoText.title(a.string(0)))
        .add("trimSpace", 1, a -> GoText.trimSpace(a.string(0)))
        .add("join", 2, a -> String.join(a.string(0), a.strings(1)))
        .add("match", 2, a -> GoRegex.matches(a.string(0), a.string(1)))
        .add("safeHtml", 1, a -> new SafeText(SafeText.Kind.HTML, a.string(0)))
        .add("safeUrl", 1, a -> new SafeText(SafeText.Kind.URL, a.string(0)))
        .add("urlUnescape", 1, a -> URLDecoder.decode(a.string(0), StandardCharsets.UTF_8))
        .add("reReplaceAll", 3, a -> GoRegex.replaceAll(a.string(0), a.string(1), a.string(2)))
        .add("stringSlice", 0, -1, AlertmanagerFunctions::stringSlice)
        .add("routeLabels", 1, a -> context(a).routeLabels().getOrDefault(a.string(0), ""))
        .add("date", 2, a -> a.time(1).format(a.string(0)))
        .add("tz", 2, a -> a.time(1).in(zone(a.string(0))))
        .add("now", 0, a -> TimeValue.of(context(a).now()))
        .add("since", 1, AlertmanagerFunctions::since)
        .add("humanizeDuration", 1, a -> Humanize.duration(a.number(0)))
        .add("toDate", 2, a -> lenientDate(a.string(0), a.string(1)))
        .add("mustToDate", 2, a -> GoLayoutParser.parse(a.string(0), a.string(1)))
        .add("toJson", 1, a -> GoJson.write(a.get(0)))
        .add("base64encode", 1, a -> base64(a.string(0)))
        .add("base64decode", 1, a -> decodeBase64(a.string(0)))
        .add("list", 0, -1, a -> List.copyOf(emptyForNull(a.from(0))))
        .add("append", 1, -1, AlertmanagerFunctions::append)
        .add("dict", 0, -1, AlertmanagerFunctions::dict)
        .build();
  }

  private static Context context(Arguments arguments) {
    return arguments.context(Context.class);
  }

  private static List<Object> emptyForNull(List<? extends @Nullable Object> values) {
    var present = new ArrayList<Object>();
    for (Object value : values) {
      present.add(value == null ? "" : value);
    }
    return present;
  }

  private static Object stringSlice(Arguments arguments) {
    var strings = new ArrayList<String>();
    for (int i = 0; i < arguments.size(); i++) {
      strings.add(arguments.string(i));
    }
    return List.copyOf(strings);
  }

  private static Object since(Arguments arguments) {
    return DurationValue.of(
        Duration.between(arguments.time(0).instant(), context(arguments).now()));
  }

  private static ZoneId zone(String name) {
    try {
      return switch (name) {
        case "" -> ZoneId.of("UTC");
        case "Local" -> ZoneId.systemDefault();
        default -> ZoneId.of(name);
      };
    } catch (DateTimeException e) {
      throw new IllegalArgumentException("unknown time zone " + name, e);
    }
  }

  private static TimeValue lenientDate(String layout, String text) {
    try {
      return GoLayoutParser.parse(layout, text);
    } catch (IllegalArgumentException _) {
      // Like Alertmanager's toDate, returns the zero time for an invalid date.
      return TimeValue.ZERO;
    }
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String decodeBase64(String text) {
    return new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8);
  }

  private static Object append(Arguments arguments) {
    var all = new ArrayList<>(emptyForNull(arguments.list(0)));
    all.addAll(emptyForNull(arguments.from(1)));
    return List.copyOf(all);
  }

  private static Object dict(Arguments arguments) {
    if (arguments.size() % 2 != 0) {
      throw new IllegalArgumentException("dict requires an even number of arguments");
    }
    var dict = new LinkedHashMap<String, @Nullable Object>();
    for (int i = 0; i < arguments.size(); i += 2) {
      dict.put(arguments.string(i), arguments.get(i + 1));
    }
    return dict;
  }
}
