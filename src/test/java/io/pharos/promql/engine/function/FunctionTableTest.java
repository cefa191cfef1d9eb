package io.pharos.promql.engine.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.model.Labels;
import io.pharos.promql.ast.Function;
import io.pharos.promql.ast.ValueType;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.function.FunctionImplementation.OfFloats;
import io.pharos.promql.engine.function.FunctionImplementation.OfHistograms;
import io.pharos.promql.engine.function.FunctionImplementation.OfScalars;
import io.pharos.promql.engine.function.FunctionImplementation.OfVectors;
import io.pharos.promql.engine.function.FunctionImplementation.OfWindows;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.promql.engine.query.Feature;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.Scalar;
import io.pharos.storage.Appender;
import io.pharos.storage.InMemoryStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Holds the two places of a function to each other: its types in [Function] and its row in
/// [FunctionTable], which the compiler asks for.
class FunctionTableTest {
  private final InMemoryStorage storage = new InMemoryStorage();
  private final Engine engine =
      new Engine(
          storage,
          EngineOptions.defaults().withFeatures(Set.of(Feature.EXPERIMENTAL_FUNCTIONS)),
          System::nanoTime,
          new SimpleMeterRegistry());

  @ParameterizedTest
  @EnumSource
  void row_hasTheKindThatTheTypesAskFor(Function function) {
    List<ValueType> arguments = arguments(function, function.maxArguments());
    FunctionImplementation row = FunctionTable.of(function);

    assertThat(row instanceof OfScalars)
        .as("a scalar function gives a scalar")
        .isEqualTo(function.result() == ValueType.SCALAR);
    switch (row) {
      case OfFloats _ -> assertThat(arguments).containsExactly(ValueType.VECTOR);
      case OfHistograms _ -> {
        assertThat(arguments).containsExactly(ValueType.VECTOR);
        assertThat(function.minArguments()).isOne();
      }
      case OfWindows _ -> {
        assertThat(arguments).containsOnlyOnce(ValueType.MATRIX);
        assertThat(arguments).hasSizeLessThanOrEqualTo(3).doesNotContain(ValueType.STRING);
      }
      case OfVectors _, OfScalars _ -> assertThat(function.result()).isNotEqualTo(ValueType.MATRIX);
    }
  }

  @ParameterizedTest
  @EnumSource
  void call_withTheFewestAndMostArguments_isEvaluatedToItsType(Function function) {
    try (Appender appender = storage.appender()) {
      for (int i = 0; i <= 10; i++) {
        appender.append(Labels.of("__name__", "some", "job", "a"), i * 30_000L, 0.1 * i);
      }
      appender.commit();
    }
    for (int count : List.of(function.minArguments(), Math.min(function.maxArguments(), 6))) {
      String call =
          function.symbol()
              + arguments(function, count).stream()
                  .map(FunctionTableTest::text)
                  .collect(Collectors.joining(", ", "(", ")"));
      if (function == Function.INFO) {
        call = call.replace(", some", ", {data=~\".*\"}"); // the grammar wants a selector there
      }

      Object value = engine.instant(call, 300_000).value();

      switch (function.result()) {
        case SCALAR -> assertThat(value).as(call).isInstanceOf(Scalar.class);
        case VECTOR -> assertThat(value).as(call).isInstanceOf(InstantVector.class);
        case MATRIX, STRING -> fail(call + " gives a " + function.result());
      }
    }
  }

  @Test
  void documentation_namesEachExperimentalFunction() throws IOException {
    String row =
        Files.readAllLines(Path.of("docs/promql.md")).stream()
            .filter(line -> line.startsWith("| `promql-experimental-functions` |"))
            .findFirst()
            .orElseThrow();

    assertThat(Stream.of(Function.values()).filter(Function::isExperimental))
        .allSatisfy(function -> assertThat(row).contains("`" + function.symbol() + "`"));
  }

  private static List<ValueType> arguments(Function function, int count) {
    int bounded = Math.min(count, 6);
    return IntStream.range(0, bounded).mapToObj(function::argument).toList();
  }

  private static String text(ValueType type) {
    return switch (type) {
      case SCALAR -> "0.5";
      case VECTOR -> "some";
      case MATRIX -> "some[5m]";
      case STRING -> "\"text\"";
    };
  }
}
