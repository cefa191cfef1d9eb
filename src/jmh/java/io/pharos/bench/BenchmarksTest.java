package io.pharos.bench;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/// Runs each benchmark once, with one target.
class BenchmarksTest {
  private static final Path SOURCES = Path.of("src", "jmh", "java");

  static List<Class<?>> benchmarks() throws Exception {
    List<String> names;
    try (Stream<Path> files = Files.walk(SOURCES)) {
      names =
          files
              .map(file -> SOURCES.relativize(file).toString())
              .filter(name -> name.endsWith("Benchmark.java"))
              .map(name -> name.replace(".java", "").replace('/', '.'))
              .sorted()
              .toList();
    }
    var types = new ArrayList<Class<?>>();
    for (String name : names) {
      types.add(Class.forName(name));
    }
    return types;
  }

  private static List<Method> methods(Class<?> type, Class<? extends Annotation> mark) {
    return Arrays.stream(type.getDeclaredMethods())
        .filter(method -> method.isAnnotationPresent(mark))
        .sorted(Comparator.comparing(Method::getName))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("benchmarks")
  void benchmark_calledTwice_gives(Class<?> type) throws Exception {
    Object benchmark = type.getDeclaredConstructor().newInstance();
    if (Arrays.stream(type.getFields()).anyMatch(field -> field.getName().equals("targets"))) {
      type.getField("targets").setInt(benchmark, 1);
    }
    List<Method> setups = methods(type, Setup.class);
    for (Method setup : setups) {
      if (setup.getAnnotation(Setup.class).value() == Level.Trial) {
        setup.invoke(benchmark);
      }
    }
    try {
      for (Method method : methods(type, Benchmark.class)) {
        for (int call = 0; call < 2; call++) {
          for (Method setup : setups) {
            if (setup.getAnnotation(Setup.class).value() == Level.Invocation) {
              setup.invoke(benchmark);
            }
          }
          var counted = new Counted();
          Object given =
              method.getParameterCount() == 0
                  ? method.invoke(benchmark)
                  : method.invoke(benchmark, counted);
          assertThat(given).as(method.getName()).isNotNull();
          assertThat(given).as(method.getName()).isNotEqualTo(0);
          if (method.getParameterCount() > 0) {
            assertThat(counted.countedOperations).as(method.getName()).isPositive();
          }
        }
      }
    } finally {
      for (Method end : methods(type, TearDown.class)) {
        end.invoke(benchmark);
      }
    }
  }

  /// The benchmarks that documents name exist.
  @Test
  void benchmarks_areOfAllThatCarriesTheLoad() throws Exception {
    Set<String> names =
        benchmarks().stream()
            .flatMap(type -> methods(type, Benchmark.class).stream())
            .map(
                method ->
                    Bench.brief(method.getDeclaringClass().getName() + "." + method.getName()))
            .collect(toCollection(TreeSet::new));

    assertThat(names)
        .contains(
            "Append.append",
            "Scrape.parse",
            "Chunk.encode",
            "Chunk.decode",
            "Log.encode",
            "Log.decode",
            "Postings.equality",
            "Rule.ruleWithKeptWindows",
            "Query.rangeOfRates");
  }
}
