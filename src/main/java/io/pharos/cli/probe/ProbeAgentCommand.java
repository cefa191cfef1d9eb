package io.pharos.cli.probe;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.cli.command.Command;
import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.Flags.Flag;
import io.pharos.cli.command.ReloadSignal;
import io.pharos.cli.command.ServerAccess;
import io.pharos.config.yaml.ConfigException;
import io.pharos.http.Clients;
import io.pharos.lint.VersionedFolders;
import io.pharos.model.BaseUrl;
import io.pharos.probe.ProbeConfig;
import io.pharos.probe.ProbeFile;
import io.pharos.schedule.LoopRegistry;
import io.pharos.schedule.ProcessJobs;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// `pharos probe-agent`: runs probes at another place (docs/format/probes.md, "several locations").
public record ProbeAgentCommand(Map<String, String> environment, PrintStream err)
    implements Command {
  private static final int MAX_CHARS = 64;
  private static final Duration CHECK_INTERVAL = Duration.ofSeconds(1);

  public static final CommandManual MANUAL =
      new CommandManual(
          "probe-agent",
          "runs probes at another place and sends their results to Pharos",
          "",
          """
          Each location has one agent. The alert ProbeDownAtLocations fires when the
          target is down at as many locations as the quorum of the probe. A location
          without results is unknown, not down (docs/format/probes.md). Push probes are
          skipped: they report to Pharos directly.

          Pharos needs --web.enable-remote-write-receiver, and the token needs the scope
          sample:write. While Pharos is unreachable, the agent buffers samples in memory.
          If Pharos refuses samples, as with a wrong token, they are lost and the reason
          is logged. Samples have this machine's time, so its clock must be right. SIGHUP
          reads the probes again.
          """,
          List.of(
              ServerAccess.URL,
              new Flag("location", "", "the value of the label location, such as a city"),
              new Flag("probes.dir", "probes", "folder of probe files"),
              ServerAccess.TOKEN_FILE),
          List.of(
              "0 stopped (143 by SIGTERM)", "78 the probes are invalid, or there are none to run"),
          List.of(
              "pharos probe-agent --location=fra --url=https://pharos.example.org"
                  + " --token-file=/etc/pharos-agent-token"));

  @Override
  public int run(List<String> words) {
    Flags flags = MANUAL.parse(words, environment);
    String location = flags.get("location");
    if (location.isEmpty()
        || location.length() > MAX_CHARS
        || !location.chars().allMatch(c -> c > ' ' && c != 0x7f)) {
      throw flags.refused("location", "a name of 1 to " + MAX_CHARS + " characters without spaces");
    }
    URI write = URI.create(BaseUrl.of(ServerAccess.url(flags)) + "/api/v1/write");
    Path folder = Path.of(flags.get("probes.dir"));
    InstantSource clock = InstantSource.system();
    var registry = new SimpleMeterRegistry();
    try (var clients = new Clients(clock);
        var client = clients.open(ServerAccess.renewedOptions(flags, environment));
        var jobs =
            new ProcessJobs(clock, registry, new LoopRegistry(clock, System::nanoTime, registry));
        var agent =
            new ProbeAgent(location, probes(folder), client, write, jobs, clock, registry)) {
      say("location " + location + ", sends samples to " + write);
      ReloadSignal.watch(CHECK_INTERVAL, agent::close, new Watch(agent, folder));
      return 0;
    } catch (ConfigException | IllegalArgumentException e) {
      err.println(e.getMessage());
      say("not started; fix the probes above");
      return 78;
    }
  }

  private List<ProbeConfig> probes(Path folder) {
    List<ProbeConfig> all = ProbeFile.readAll(VersionedFolders.files(folder, ".yml", ".yaml"));
    List<ProbeConfig> runnable = ProbeAgent.runnable(all);
    if (runnable.isEmpty()) {
      throw new IllegalArgumentException(folder + ": no probes that an agent can run");
    }
    say("read %d probes from %s".formatted(runnable.size(), folder));
    if (runnable.size() < all.size()) {
      say((all.size() - runnable.size()) + " push probes are skipped");
    }
    return runnable;
  }

  /// Reports when Pharos stops or starts to accept samples, and reads the probe files again on
  /// SIGHUP.
  private final class Watch implements Consumer<Boolean> {
    private final ProbeAgent agent;
    private final Path folder;
    private boolean samplesWait;
    private String refusal = "";

    Watch(ProbeAgent agent, Path folder) {
      this.agent = agent;
      this.folder = folder;
    }

    @Override
    public void accept(Boolean isSignalled) {
      int pending = agent.pending();
      if (pending > 0 != samplesWait) {
        samplesWait = !samplesWait;
        say(
            samplesWait
                ? pending + " samples wait: Pharos is unreachable or does not accept them"
                : "Pharos accepts samples again");
      }
      String now = agent.refusal();
      if (!now.equals(refusal)) {
        refusal = now;
        say(
            now.isEmpty()
                ? "Pharos accepts samples again"
                : "samples are lost, because Pharos refuses them with " + now);
      }
      if (isSignalled) {
        try {
          agent.reload(probes(folder));
        } catch (ConfigException | IllegalArgumentException e) {
          err.println(e.getMessage());
          say("the previous probes stay in use");
        }
      }
    }
  }

  private void say(String line) {
    err.println("pharos probe-agent: " + line);
  }
}
