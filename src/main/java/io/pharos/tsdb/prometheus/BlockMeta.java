package io.pharos.tsdb.prometheus;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pharos.bytes.CorruptDataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The content of a block's `meta.json`.
///
/// @param ulid name of the block
/// @param minTime Unix milliseconds of the time range's start
/// @param maxTime Unix milliseconds of the time range's end, exclusive
/// @param samples number of samples
/// @param series number of series
/// @param chunks number of chunks
/// @param level compaction level, 1 for a new block
/// @param parents names of blocks that this one replaces
public record BlockMeta(
    String ulid,
    long minTime,
    long maxTime,
    long samples,
    long series,
    long chunks,
    int level,
    List<String> parents) {
  static final String FILE = "meta.json";

  /* Real files have a size of a few kilobytes, mostly for the list of source blocks. */
  private static final long MAX_BYTES = 16L << 20;

  public BlockMeta {
    if (maxTime < minTime) {
      throw new IllegalArgumentException(
          "the block ends at " + maxTime + ", before its start at " + minTime);
    }
    parents = List.copyOf(parents);
  }

  /// Reads the `meta.json` in the folder of a block. Throws CorruptDataException when it is
  /// malformed.
  public static BlockMeta read(Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    if (Files.size(file) > MAX_BYTES) {
      throw new CorruptDataException(
          file + ": the file has " + Files.size(file) + " bytes, expected at most " + MAX_BYTES);
    }
    JsonNode root;
    try {
      root = JSON.readTree(Files.readString(file));
    } catch (JsonProcessingException e) {
      throw PrometheusFormat.damaged(
          file, e.getLocation().getCharOffset(), "expected JSON: " + e.getOriginalMessage());
    }
    if (root.path("version").asInt() != PrometheusFormat.META_VERSION) {
      throw new CorruptDataException(
          file + ": version is " + root.path("version") + ", expected 1");
    }
    var parents = new ArrayList<String>();
    for (JsonNode parent : root.path("compaction").path("parents")) {
      parents.add(parent.path("ulid").asText());
    }
    JsonNode stats = root.path("stats");
    long minTime = time(file, root, "minTime");
    long maxTime = time(file, root, "maxTime");
    if (maxTime < minTime) {
      throw new CorruptDataException(
          file + ": maxTime " + maxTime + " is below minTime " + minTime);
    }
    return new BlockMeta(
        root.path("ulid").asText(),
        minTime,
        maxTime,
        stats.path("numSamples").asLong(),
        stats.path("numSeries").asLong(),
        stats.path("numChunks").asLong(),
        root.path("compaction").path("level").asInt(1),
        parents);
  }

  private static long time(Path file, JsonNode root, String name) {
    JsonNode time = root.path(name);
    if (!time.isIntegralNumber() || !time.canConvertToLong()) {
      throw new CorruptDataException(
          file + ": " + name + " is " + time + ", expected Unix milliseconds");
    }
    return time.longValue();
  }

  /// Returns the text of `meta.json` for a new block.
  String text() {
    ObjectNode root = JSON.createObjectNode();
    root.put("ulid", ulid).put("minTime", minTime).put("maxTime", maxTime);
    root.putObject("stats")
        .put("numSamples", samples)
        .put("numSeries", series)
        .put("numChunks", chunks);
    root.putObject("compaction").put("level", level).putArray("sources").add(ulid);
    root.put("version", PrometheusFormat.META_VERSION);
    return root.toPrettyString() + "\n";
  }
}
