package io.pharos.template;

import io.pharos.model.IpAddress;
import io.pharos.model.PromDuration;
import io.pharos.template.value.Arguments;
import io.pharos.template.value.DurationValue;
import io.pharos.template.value.GoRegex;
import io.pharos.template.value.Humanize;
import io.pharos.template.value.SafeText;
import io.pharos.template.value.Values;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The functions of Prometheus' rule templates.
final class PrometheusFunctions {
  static final Functions ALL = all();

  private PrometheusFunctions() {}

  private static Functions all() {
    return Functions.builder()
        .add("query", 1, a -> a.context(RuleTemplate.Context.class).query().query(a.string(0)))
        .add("first", 1, PrometheusFunctions::first)
        .add("label", 2, a -> sample(a, 1).labels().get(a.string(0)))
        .add("value", 1, a -> sample(a, 0).value())
        .add("strvalue", 1, a -> sample(a, 0).labels().get("__value__"))
        .add("args", 0, -1, PrometheusFunctions::args)
        .add("reReplaceAll", 3, a -> GoRegex.replaceAll(a.string(0), a.string(1), a.string(2)))
        .add("safeHtml", 1, a -> new SafeText(SafeText.Kind.HTML, a.string(0)))
        .add("match", 2, a -> GoRegex.matches(a.string(0), a.string(1)))
        .add("title", 1, a -> title(a.string(0)))
        .add("toUpper", 1, a -> a.string(0).toUpperCase(Locale.ROOT))
        .add("toLower", 1, a -> a.string(0).toLowerCase(Locale.ROOT))
        .add("graphLink", 1, a -> link(a.string(0), 0))
        .add("tableLink", 1, a -> link(a.string(0), 1))
        .add("sortByLabel", 2, PrometheusFunctions::sortByLabel)
        .add("stripPort", 1, a -> stripPort(a.string(0)))
        .add("stripDomain", 1, a -> stripDomain(a.string(0)))
        .add("humanize", 1, a -> Humanize.si(a.number(0)))
        .add("humanize1024", 1, a -> Humanize.binary(a.number(0)))
        .add("humanizeDuration", 1, a -> Humanize.duration(a.number(0)))
        .add("humanizePercentage", 1, a -> Humanize.percentage(a.number(0)))
        .add("humanizeTimestamp", 1, a -> Humanize.timestamp(a.number(0)))
        .add("toTime", 1, a -> Humanize.time(a.number(0)))
        .add("toDuration", 1, a -> new DurationValue((long) (a.number(0) * 1e9)))
        .add("now", 0, a -> a.context(RuleTemplate.Context.class).now().toEpochMilli() / 1000.0)
        .add("pathPrefix", 0, a -> path(a.context(RuleTemplate.Context.class)))
        .add("externalURL", 0, a -> a.context(RuleTemplate.Context.class).externalUrl().toString())
        .add("parseDuration", 1, a -> PromDuration.parseMillis(a.string(0)) / 1000.0)
        .add("urlQueryEscape", 1, a -> Builtins.urlQuery(a.string(0)))
        .build();
  }

  private static RuleTemplate.Sample sample(Arguments arguments, int i) {
    if (arguments.get(i) instanceof RuleTemplate.Sample sample) {
      return sample;
    }
    throw new IllegalArgumentException(
        "expected a sample; got " + Values.typeName(arguments.get(i)));
  }

  private static @Nullable Object first(Arguments arguments) {
    var list = arguments.list(0);
    if (list.isEmpty()) {
      throw new IllegalArgumentException("first() called on vector with no elements");
    }
    return list.getFirst();
  }

  private static Object args(Arguments arguments) {
    var named = new LinkedHashMap<String, @Nullable Object>();
    for (int i = 0; i < arguments.size(); i++) {
      named.put("arg" + i, arguments.get(i));
    }
    return named;
  }

  private static Object sortByLabel(Arguments arguments) {
    String label = arguments.string(0);
    var sorted = new ArrayList<RuleTemplate.Sample>();
    for (Object element : arguments.list(1)) {
      if (element instanceof RuleTemplate.Sample sample) {
        sorted.add(sample);
      }
    }
    sorted.sort(Comparator.comparing(sample -> sample.labels().get(label)));
    return sorted;
  }

  private static String path(RuleTemplate.Context context) {
    String path = context.externalUrl().getPath();
    return path == null ? "" : path;
  }

  private static String link(String expression, int tab) {
    return "/graph?g0.expr=" + Builtins.urlQuery(expression) + "&g0.tab=" + tab;
  }

  /// Converts the first letter of each word to upper case, like Go's strings.Title.
  static String title(String text) {
    var titled = new StringBuilder(text.length());
    boolean atStart = true;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      titled.append(atStart ? Character.toTitleCase(c) : c);
      atStart =
          Character.isWhitespace(c)
              || (c < 0x80 && !Character.isLetterOrDigit(c) && c != '_' && c != '\'');
    }
    return titled.toString();
  }

  /// Splits `host:port` or `[v6]:port`; null for any other text.
  private static String @Nullable [] split(String hostPort) {
    int colon = hostPort.lastIndexOf(':');
    if (colon < 0) {
      return null;
    }
    String host = hostPort.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.indexOf(':') >= 0 || host.indexOf('[') >= 0 || host.indexOf(']') >= 0) {
      return null;
    }
    return new String[] {host, hostPort.substring(colon + 1)};
  }

  private static String stripPort(String hostPort) {
    String[] parts = split(hostPort);
    return parts == null ? hostPort : parts[0];
  }

  private static String stripDomain(String hostPort) {
    String[] parts = split(hostPort);
    String host = parts == null ? hostPort : parts[0];
    String port = parts == null ? "" : parts[1];
    if (IpAddress.parse(host).isPresent()) {
      return hostPort;
    }
    int dot = host.indexOf('.');
    String first = dot < 0 ? host : host.substring(0, dot);
    return port.isEmpty() ? first : first + ":" + port;
  }
}
