package io.pharos.cli.tsdb;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.io.SerializedString;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import io.pharos.bytes.CorruptDataException;
import io.pharos.model.GoFloat;
import io.pharos.model.Labels;
import io.pharos.model.Quoted;
import io.pharos.storage.Exemplar;
import io.pharos.storage.Exemplars;
import io.pharos.tsdb.start.StartRuns;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/// Reads and writes the stored data that Prometheus' block format cannot contain: exemplars, in the
/// JSON of `query_exemplars`, and the start timestamps of samples. Both are stored in files of JSON
/// lines beside the blocks (docs/format/prometheus-block.md).
final class BlockSidecarFiles {
  static final String EXEMPLARS = "exemplars.jsonl";
  static final String STARTS = "starts.jsonl";

  /// Maximum number of exemplars in one line.
  private static final int MAX_PER_LINE = 500;

  private static final String UNFINISHED = ".tmp";

  private BlockSidecarFiles() {}

  /// Writes start timestamps: one line for each series and time window.
  static final class StartWriter implements AutoCloseable {
    private final Path file;
    private final JsonGenerator json;
    private long lines;

    StartWriter(Path folder) throws IOException {
      file = folder.resolve(STARTS + UNFINISHED);
      json = generator(file);
    }

    void write(Labels series, StartRuns runs, long endMillis) throws IOException {
      json.writeStartObject();
      labels("seriesLabels", series, json);
      json.writeNumberField("until", endMillis);
      json.writeArrayFieldStart("starts");
      for (int i = 0; i < runs.count(); i++) {
        json.writeStartArray();
        json.writeNumber(runs.time(i));
        json.writeNumber(runs.start(i));
        json.writeEndArray();
      }
      json.writeEndArray();
      json.writeEndObject();
      lines++;
    }

    /// Closes the file and renames it to its final name, or deletes it if it has no lines.
    ///
    /// @return the number of lines
    long finish() throws IOException {
      json.close();
      publish(file, lines > 0);
      return lines;
    }

    @Override
    public void close() throws IOException {
      json.close();
      Files.deleteIfExists(file);
    }
  }

  /// Writes exemplars, and no file if there are none.
  ///
  /// @return the number of exemplars
  static long writeExemplars(Path folder, List<Exemplars.OfSeries> all) throws IOException {
    Path file = folder.resolve(EXEMPLARS + UNFINISHED);
    long count = 0;
    try (JsonGenerator json = generator(file)) {
      for (Exemplars.OfSeries series : all) {
        for (int from = 0; from < series.exemplars().size(); from += MAX_PER_LINE) {
          int to = Math.min(series.exemplars().size(), from + MAX_PER_LINE);
          json.writeStartObject();
          labels("seriesLabels", series.labels(), json);
          json.writeArrayFieldStart("exemplars");
          for (Exemplar item : series.exemplars().subList(from, to)) {
            json.writeStartObject();
            labels("labels", item.labels(), json);
            json.writeStringField("value", GoFloat.json(item.value()));
            json.writeFieldName("timestamp");
            json.writeNumber(BigDecimal.valueOf(item.timestampMillis(), 3).toPlainString());
            json.writeEndObject();
          }
          json.writeEndArray();
          json.writeEndObject();
          count += to - from;
        }
      }
    }
    publish(file, count > 0);
    return count;
  }

  private static JsonGenerator generator(Path file) throws IOException {
    return JSON.getFactory()
        .createGenerator(Files.newOutputStream(file))
        .setRootValueSeparator(new SerializedString("\n"));
  }

  private static void publish(Path file, boolean hasContent) throws IOException {
    String name = String.valueOf(file.getFileName());
    if (hasContent) {
      Files.move(
          file,
          file.resolveSibling(name.substring(0, name.length() - UNFINISHED.length())),
          StandardCopyOption.ATOMIC_MOVE);
    } else {
      Files.delete(file);
    }
  }

  private static void labels(String field, Labels labels, JsonGenerator json) throws IOException {
    json.writeObjectFieldStart(field);
    for (int i = 0; i < labels.size(); i++) {
      json.writeStringField(labels.name(i), labels.value(i));
    }
    json.writeEndObject();
  }

  /// Reads the file of exemplars in the folder of the blocks, if it exists.
  ///
  /// @throws CorruptDataException when the file is invalid; the message names the place
  static void readExemplars(Path folder, BiConsumer<Labels, Exemplar> reader) throws IOException {
    read(
        folder.resolve(EXEMPLARS),
        line -> {
          Labels series = labels(line.path("seriesLabels"));
          for (JsonNode item : array(line.path("exemplars"))) {
            reader.accept(
                series,
                new Exemplar(
                    labels(item.path("labels")),
                    value(item.path("value")),
                    millis(item.path("timestamp")),
                    true));
          }
        });
  }

  /// Returns the start timestamps of each series in the order of time; empty without a file.
  ///
  /// @throws CorruptDataException when the file is invalid; the message names the place
  static Map<Labels, StartRuns> readStarts(Path folder) throws IOException {
    var all = new HashMap<Labels, StartRuns>();
    read(
        folder.resolve(STARTS),
        line -> {
          Labels series = labels(line.path("seriesLabels"));
          StartRuns runs = all.getOrDefault(series, StartRuns.NONE);
          for (JsonNode item : array(line.path("starts"))) {
            runs = runs.with(whole(item.path(0)), whole(item.path(1)));
          }
          all.put(series, runs.with(whole(line.path("until")), 0));
        });
    return all;
  }

  private static void read(Path file, Consumer<JsonNode> reader) throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    long number = 0;
    try (MappingIterator<JsonNode> lines =
        JSON.readerFor(JsonNode.class).readValues(file.toFile())) {
      while (lines.hasNextValue()) {
        JsonNode line = lines.nextValue();
        number++;
        reader.accept(line);
      }
    } catch (JsonProcessingException e) {
      throw new CorruptDataException(
          "%s: object %d: %s".formatted(file, number + 1, e.getOriginalMessage()));
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new CorruptDataException("%s: object %d: %s".formatted(file, number, e.getMessage()));
    }
  }

  private static JsonNode array(JsonNode node) {
    return expect(node.isArray(), node, "an array");
  }

  private static JsonNode expect(boolean good, JsonNode node, String what) {
    if (!good) {
      String found = node.isMissingNode() ? "nothing" : node.toString();
      throw new IllegalArgumentException("expected " + what + ", found " + Quoted.cut(found, 80));
    }
    return node;
  }

  private static Labels labels(JsonNode node) {
    var labels = Labels.builder();
    expect(node.isObject(), node, "labels")
        .properties()
        .forEach(
            entry ->
                labels.set(
                    entry.getKey(),
                    expect(entry.getValue().isTextual(), entry.getValue(), "a string")
                        .textValue()));
    return labels.build();
  }

  private static double value(JsonNode node) {
    String text = expect(node.isTextual(), node, "a number as a string").textValue();
    return switch (text) {
      case "NaN" -> Double.NaN;
      case "+Inf" -> Double.POSITIVE_INFINITY;
      case "-Inf" -> Double.NEGATIVE_INFINITY;
      default -> {
        try {
          yield Double.parseDouble(text);
        } catch (NumberFormatException _) {
          expect(false, node, "a number as a string");
          yield Double.NaN;
        }
      }
    };
  }

  private static long millis(JsonNode node) {
    return expect(node.isNumber(), node, "a time in seconds")
        .decimalValue()
        .movePointRight(3)
        .setScale(0, RoundingMode.HALF_EVEN)
        .longValueExact();
  }

  private static long whole(JsonNode node) {
    return expect(node.isIntegralNumber() && node.canConvertToLong(), node, "Unix milliseconds")
        .longValue();
  }
}
