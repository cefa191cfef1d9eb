package io.pharos.server.app;

import io.pharos.access.AuditTrail;
import io.pharos.access.LinkSignatures;
import io.pharos.access.LinkSigningKey;
import io.pharos.access.People;
import io.pharos.alerting.alert.AlertCourse;
import io.pharos.alerting.channel.OutgoingMail;
import io.pharos.alerting.device.ServerKey;
import io.pharos.alerting.dispatch.NotifierService;
import io.pharos.alerting.heartbeat.Condition;
import io.pharos.alerting.heartbeat.HeartbeatCalls;
import io.pharos.alerting.mailbox.Mailbox;
import io.pharos.alerting.message.MessageComposer.LinkSigner;
import io.pharos.alerting.message.ReceiverTests;
import io.pharos.alerting.outbox.Backoff;
import io.pharos.alerting.outbox.Outbox;
import io.pharos.alerting.outbox.ShardOwnership;
import io.pharos.alerting.pipeline.Escalations;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.upstream.AlertFanout;
import io.pharos.cli.serve.ServeOptions;
import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.alertmanager.ReceiverConfig;
import io.pharos.config.pharos.MessageSettings;
import io.pharos.http.ClientPool;
import io.pharos.oncall.chat.CardService;
import io.pharos.oncall.chat.ChatRooms;
import io.pharos.oncall.device.Devices;
import io.pharos.oncall.drill.DrillService;
import io.pharos.oncall.episode.EpisodeService;
import io.pharos.oncall.escalation.EscalationService;
import io.pharos.oncall.schedule.OnCallFile;
import io.pharos.oncall.schedule.OnCallPlan;
import io.pharos.oncall.schedule.OnCallSchedule;
import io.pharos.oncall.shift.ShiftNotices;
import io.pharos.rules.RuleManager;
import io.pharos.server.app.health.OwnCondition;
import io.pharos.server.app.health.SelfWatch;
import io.pharos.state.Store;
import io.pharos.trouble.FailureOrigin;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Builds the notifier, its channels, and the silence links in its messages.
final class NotifierAssembly {
  private static final Logger LOG = LoggerFactory.getLogger(NotifierAssembly.class);
  private static final int MAILBOX_MESSAGES = 500;

  private final Foundation base;
  private final OutgoingMail.Transport mail;

  /// The courses of the alerts of this process' rules, which are built later.
  final AtomicReference<AlertCourse.Source> courses =
      new AtomicReference<>(AlertCourse.Source.NONE);

  final Mailbox mailbox;
  final LinkSignatures links;
  final EpisodeService episodes;
  final Devices devices;
  final EscalationService escalations;
  final DrillService drills;
  private final ShiftNotices shifts;
  final ChatRooms chats;
  private final ClientPool chatClients;
  private final AtomicReference<Supplier<Condition>> condition =
      new AtomicReference<>(Condition.Starting::new);
  final HeartbeatCalls heartbeats;
  final NotifierService service;
  final ReceiverTests tests;

  /// Sends alerts to this process' notifier and to the configured Alertmanagers.
  final AlertFanout alerts;

  /// @param schedule who is on call, by the file that the service reads
  /// @param transport creates the mail transport for the given local mailbox
  NotifierAssembly(
      Foundation base,
      Store store,
      AuditTrail audit,
      OnCallSchedule schedule,
      Function<Mailbox, OutgoingMail.Transport> transport) {
    this.base = base;
    ServeOptions options = base.options();
    mailbox = new Mailbox(base.stored("mailbox"), MAILBOX_MESSAGES);
    mail = transport.apply(mailbox);
    links = links(store);
    devices = devices(store);
    episodes =
        new EpisodeService(
            store.episodes(),
            store.notifier().outbox(),
            alert -> courses.get().last(alert),
            base.clock(),
            base.registry());
    escalations = escalations(store);
    chatClients = base.closing().add(new ClientPool(base.clients()));
    chats = base.closing().add(chats(store, audit));
    service =
        base.closing()
            .add(
                new NotifierService(
                    options.notificationsFile(),
                    options.messages(),
                    options.externalUrl().toString(),
                    store.notifier(),
                    this::notifiers,
                    this::policies,
                    base.clock(),
                    base.registry(),
                    base.scheduler(),
                    base.loops(),
                    base.budgets(),
                    episodes));
    drills = drills(store);
    shifts = shifts(schedule, store);
    heartbeats = heartbeats();
    tests =
        new ReceiverTests(
            () -> service.dispatcher().config(),
            this::notifiers,
            store.notifier().outbox(),
            base.clock(),
            () -> UUID.randomUUID().toString(),
            options.externalUrl().toString());
    alerts =
        base.closing()
            .add(
                new AlertFanout(
                    service.dispatcher(), base.clients(), options.port(), base.registry()));
  }

  /// Loads the acknowledgements and escalations, then starts the notifier.
  void start() {
    episodes.tick();
    escalations.record();
    service.start();
    base.every(
        "escalations",
        EscalationService.INTERVAL,
        _ -> escalations.tick(service.dispatcher().now(), this::flush));
    base.every("escalations-record", EscalationService.INTERVAL, _ -> escalations.record());
    base.every(
        "undecided-groups",
        Outbox.UNDECIDED_INTERVAL,
        _ -> service.outbox().undecided().forEach(this::flush));
    base.every("drills", DrillService.INTERVAL, _ -> drills.tick(service.dispatcher().now()));
    base.every(
        "shift-notices", ShiftNotices.INTERVAL, _ -> shifts.tick(service.dispatcher().now()));
    base.every("episodes", EpisodeService.INTERVAL, _ -> followEpisodes());
    base.every("episodes-garbage", EpisodeService.GC_INTERVAL, _ -> episodes.collectGarbage());
    base.every("chat-cards", CardService.INTERVAL, _ -> updateCards());
    base.every("chat-cards-garbage", CardService.GC_INTERVAL, _ -> chats.collectGarbage());
  }

  /// Starts the calls of `heartbeats`, when all parts run.
  void callHeartbeats(SelfWatch watch, RuleManager rules) {
    condition.set(new OwnCondition(watch::danger, rules::groups, service::failingFor));
    base.every("outbound-heartbeats", HeartbeatCalls.INTERVAL, _ -> heartbeats.tick());
  }

  private HeartbeatCalls heartbeats() {
    return new HeartbeatCalls(
        () -> service.dispatcher().config().delivery().heartbeats(),
        () -> condition.get().get(),
        base.closing().add(new ClientPool(base.clients())),
        base.virtualThreads(),
        base.clock(),
        System::nanoTime,
        base.registry());
  }

  private boolean flush(String groupKey) {
    Instant now = service.dispatcher().now();
    return drills.flush(groupKey, now)
        || shifts.flush(groupKey, now)
        || service.dispatcher().flush(groupKey);
  }

  private ShiftNotices shifts(OnCallSchedule schedule, Store store) {
    return new ShiftNotices(
        schedule, store.shifts(), service.dispatcher()::flush, service.ownership(), base.clock());
  }

  private DrillService drills(Store store) {
    return new DrillService(
        store.drills(),
        escalations,
        episodes,
        store.notifier().outbox(),
        service.dispatcher()::flush,
        service.ownership(),
        base.clock(),
        base.registry());
  }

  private ChatRooms chats(Store store, AuditTrail audit) {
    return new ChatRooms(
        store.cards(),
        episodes,
        links,
        audit,
        new LateOwnership(this::ownership),
        base.clock(),
        // At shutdown edits end by themselves: an interrupt would make H2 close its files.
        base.closing().add(Executors.newVirtualThreadPerTaskExecutor()),
        new Backoff(base.random()),
        base.loops(),
        base.registry());
  }

  private void followEpisodes() {
    episodes.tick();
    episodes.due().forEach(this::flush);
  }

  private void updateCards() {
    AlertmanagerConfig config = service.dispatcher().config();
    chats.tick(config, receiver -> notifiers(config, chatClients).tools(receiver));
  }

  private ShardOwnership ownership() {
    return service.ownership();
  }

  /// The ownership of the notifier, which is built later.
  private record LateOwnership(Supplier<ShardOwnership> later) implements ShardOwnership {
    @Override
    public boolean owns(int shard) {
      return later.get().owns(shard);
    }

    @Override
    public boolean isCertain(int shard) {
      return later.get().isCertain(shard);
    }
  }

  private EscalationService escalations(Store store) {
    return new EscalationService(
        store.escalations(),
        episodes,
        episodes::note,
        store.overrides()::all,
        base.clock(),
        base.registry());
  }

  private Devices devices(Store store) {
    return new Devices(
        store.devices(),
        base.options().access().pushServices(),
        () -> store.sharedKey("web-push", () -> ServerKey.generate(base.random())),
        contact(base.options().externalUrl()),
        base.random());
  }

  /* Push services want to know whom to ask about a sender. */
  private static String contact(URI address) {
    return "https".equals(address.getScheme())
        ? address.toString()
        : "mailto:pharos@" + address.getHost();
  }

  private LinkSignatures links(Store store) {
    Optional<Path> file = base.options().access().linkKeyFile();
    if (file.isPresent()) {
      return new LinkSignatures(LinkSigningKey.read(file.get()));
    }
    if (!store.isShared()) {
      return new LinkSignatures(storedKey());
    }
    // The shared key is in the database. Until the database is reachable, links are signed with a
    // temporary key, and only this process can verify them.
    var tokens = new LinkSignatures(LinkSigningKey.of(LinkSigningKey.generate(base.random())));
    store.whenReached(
        () ->
            tokens.exchange(
                LinkSigningKey.of(
                    store.sharedKey(
                        "silence-links", () -> LinkSigningKey.generate(base.random())))));
    return tokens;
  }

  /* Returns the key in the storage folder. A full disk must not prevent the start: then this method
   * returns a new key that is not stored, and is lost when this process ends. */
  private LinkSigningKey storedKey() {
    try {
      return LinkSigningKey.readOrCreate(base.stored("link-key"), base.random());
    } catch (UncheckedIOException e) {
      if (FailureOrigin.of(e) instanceof FailureOrigin.Remote) {
        throw e;
      }
      LOG.error(
          "silence links in messages will stop working at the next restart, because their key can't"
              + " be stored: {}",
          e.getMessage());
      return LinkSigningKey.of(LinkSigningKey.generate(base.random()));
    }
  }

  /// Reads the policies beside a configuration, together with it: a page must not depend on which
  /// of two files was read first.
  private Escalations policies(AlertmanagerConfig config) {
    return escalations.of(
        plan(config), names(config), config.route().receiver(), config.delivery()::fallback);
  }

  private OnCallPlan plan(AlertmanagerConfig config) {
    return OnCallFile.read(
        OnCallFile.beside(base.options().notificationsFile()),
        new OnCallFile.Surroundings(
            Optional.of(names(config)), People.NONE, base.clock().instant()));
  }

  private static Set<String> names(AlertmanagerConfig config) {
    return config.receivers().stream().map(ReceiverConfig::name).collect(Collectors.toSet());
  }

  /// Returns the languages of messages: those of people count for their ways.
  private MessageSettings messages(AlertmanagerConfig config) {
    MessageSettings settings = config.messages();
    var voices = new HashMap<>(settings.receivers());
    plan(config).people().stream()
        .filter(person -> !person.language().isEmpty())
        .forEach(
            person ->
                person
                    .ways()
                    .forEach(
                        way ->
                            voices.put(
                                way,
                                new MessageSettings.Voice(
                                    person.language(), settings.of(way).zone()))));
    return new MessageSettings(settings.defaults(), settings.voice(), voices);
  }

  private Notifier.Factory notifiers(AlertmanagerConfig config) {
    return notifiers(config, new ClientPool(base.clients()));
  }

  private Notifiers notifiers(AlertmanagerConfig config, ClientPool clients) {
    ServeOptions options = base.options();
    return new Notifiers(
        mail,
        VersionedFiles.templates(options.notificationsFile(), config),
        messages(config),
        base.clock(),
        clients,
        new PageLinkSigner(links),
        options.grafanaUrl().map(URI::toString).orElse(""),
        alert -> courses.get().last(alert),
        devices,
        options.capture() ? Optional.of(mailbox) : Optional.empty(),
        (receiver, integration, tools, plain) ->
            chats.notifier(config, receiver, integration, tools, plain));
  }

  /// Signs links. The pages for a new silence and an acknowledgement read their query parameters.
  private record PageLinkSigner(LinkSignatures links) implements LinkSigner {
    @Override
    public String sign(List<String> matchers, Instant decidedAt, String deliveryId) {
      return sign(LinkSignatures.Purpose.SILENCE, matchers, decidedAt, deliveryId);
    }

    @Override
    public String acknowledge(String groupHash, Instant decidedAt, String deliveryId) {
      return sign(LinkSignatures.Purpose.ACKNOWLEDGE, List.of(groupHash), decidedAt, deliveryId);
    }

    private String sign(
        LinkSignatures.Purpose purpose,
        List<String> matchers,
        Instant decidedAt,
        String deliveryId) {
      Instant expires = decidedAt.plus(LinkSignatures.LIFE).truncatedTo(ChronoUnit.SECONDS);
      var permit = new LinkSignatures.Permit(matchers, expires, deliveryId);
      return "&expires=%s&delivery=%s&signature=%s"
          .formatted(
              expires.getEpochSecond(),
              URLEncoder.encode(deliveryId, StandardCharsets.UTF_8),
              links.sign(purpose, permit));
    }
  }
}
