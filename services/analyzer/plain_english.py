"""Plain English that an explanation may use without a cited line saying it; every other word must be copied.

A closed list on purpose: a name that nobody wrote down is not in it, so an invented one cannot pass for a word.
Endings are taken off before a word is looked up. Numbers in words are ``numerals``' business.
"""

from __future__ import annotations

from collections.abc import Iterator

from services.analyzer.ordinary_words import ACRONYMS, ORDINARY

_ENDINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ies", ("y",)),
    ("ied", ("y",)),
    ("ily", ("y",)),
    ("es", ("", "e")),
    ("s", ("",)),
    ("ed", ("", "e")),
    ("ing", ("", "e")),
    ("ers", ("", "e")),
    ("er", ("", "e")),
    ("est", ("", "e")),
    ("ly", ("", "le")),
    ("ness", ("",)),
    ("ments", ("",)),
    ("ment", ("",)),
    ("'s", ("",)),
    ("n't", ("",)),
)
_LEAST_STEM = 2

WORDS = frozenset(
    """
    abandoned able abnormal abort above abruptly absent absolute absurd accepted access accidental accordingly
    accumulate ack acknowledged across act actions activations active actually adapter adaptive add additionally
    adjust admin administrator advice affect afterwards age aggressive ago agree ahead aimed alarm alert alike
    alive allocate allocation allow almost alone along alongside already altered alternation alternative alters
    although always am amid among amount an analyse analysis analyze anew angle announced anomalous anomaly
    another answer anticipate anybody anyone anything anywhere apart app apparently appear append application
    applied applies approximately archive are area argument arise arithmetic around array arrival arrive artefact
    as ascending aside ask assert at attach attack attempt attention attribute audit auth authenticate authorize
    average awaited away back backend background backlog backup bad bag balance band bandwidth bank bar bare base
    baseline batch battery be bearer beat beforehand began begin begun behaviour believed bell belong bench
    benchmark benign beside besides best better beyond bias binary bind bit blank blob block blocked board body
    bomb book bookkeeping bool boom boot bootstrap bottleneck bound boundary brackets breach break bridge bring
    broke broken brought browser brute bucket budget buffer build built burst bus business busy by byte cache
    calendar calibrate calibration callback calm came canonical capable capacity card carrier carry cascade
    cascading case catalogue category cause ceased ceiling centre centroid certain certificate chain chance change
    channel chaotic character chat cheap checkout checkpoints checksum child children chip choice choose chose
    chosen cipher circuit cite claim class clause clean clear clearly clipped clock clog close cluster code
    collapsed collapses collect collection collector collects collision column com combination combine come
    command commit common commonly communicate compare comparison complain complaint complete completely component
    compose compressed compression compromise compute concatenated concerning conclude concurrent confidence
    config configuration configure confirm conflict congested congestion connect consecutive consequence
    consequently considered consistent console constant constantly constrain constraint consult consumer contact
    contain contend content contention contestant context contiguous continue continuously contradict contribute
    control cooling copy core corpus corrected correlate correspond corrupt corruption cost count course covers
    crash create credential credentials critical cross cure currently cursor curve customer cut daemon damage
    database datasource date day dead deadline deadlock decade decide decimal decision declares decline decoded
    decoder decompressed decrease deep default defective defined definition degradation degrade delay delegates
    delete deliver delivered delivery demand demo demonstration denials dense deny denying depend dependency
    deplete depleted deploy deployed depth dequeue derive describe design despite detail detect detectable
    detection detector deteriorate development device diagnose dialect died differ difference different digest
    digit dimension direction directly directory disabled disappear disconnect discount displays disrupt
    disruption distance distilled distinct distribution do doctor document documentation doing domain done door
    doorbell double downloads downstream downtime drain draw drawn drift drive drop dropped dry due dump duplicate
    duration earlier early earn edge editor effect eight eighteen eighth either eject elapse election element
    elevate eleven eliminate else elsewhere embedded embedding emerge empty enabled encoded encoder encodes
    encoding encounter encrypt end enforce engine enlarge enough enqueue ensure entered entirely entities entropy
    entry envelope environment episodes epoch equal escalate escape especially establish established evaluate
    evaluation even event eventually ever every everybody everyday everything everywhere evicted evidence
    evidently exact exactly examine example exceed except excess excluding execute execution exhaust exist
    existing exit expand expect experiments expert expire explain explanation exploit explore exponential export
    extensive external extra extreme extremely factor fail failover fairly fall fallback false fan far farther
    fast fatal fault faulty features feed feedback fell fenced fences fencing field figure file filesystem fill
    final finalize finally find findings fine finish firewall firmware first fit five fixed fixes flag flapping
    flat flaw flight float flood flooded flush fold follow following forbidden force foreign forgets fork form
    format formerly forward found four fraction fragment frame free freeze frequency frequently fresh front
    function furthermore fused fusion gain gap garbage gateway gather gave general generalised generated generator
    geometric get give given glitch go going gone good got gracefully gradient gradually grammar grant graph
    graphics graver green grep grow grown growth guess half halt halted halved hammer hamper hand handle handshake
    hang happen hard hardware harmless harmonic harvested hash head headings heal healthy heap heartbeat heavy
    held help hence herself hex hidden hides high himself hint history hit hold hole honest hop host hostile
    hostname hour however hundred identification identify identity idle if ignored illegal image immediate
    immediately impact impair imply import impossible impression in inability inaccessible inbox incident included
    includes including inclusive incoming incompatible incomplete inconsistent incorrect increase indeed
    independent index indicate indication ineffective inefficient inf infer info infrastructure ingest inherent
    initially inject injected injection inode input insecure insert inside inspect instability install installed
    installs instead instruction insufficient integer integrity interfere intermittent interrupt interruption
    interval intrusion invented investigate invisible involved is isolate issuer it item itself jam job joined
    joins journal journey judge jump justify keep kernel kick kill kind knew know known label lacks lag language
    large last late lately latency latter launch layer lays lead leak leap learn learnings learnt lease least
    leave led ledger left length lengthy less let letters liable library licence licensed lie life like likewise
    line linear link listen literal little live local locale lock logarithm lone long look lookup loop loopback
    loosely lose loss low machine made mail main mainly maintenance major make malformed malfunction malicious
    manifest manner manual manually many mapper maps mark markup mask massive master match mates matrices matrix
    matter maximum maybe mean meant meanwhile measure median mend mention mere merge met method metric micro
    microseconds middle middleware migration mildly million millis millisecond minimal minor minute mirror
    misbehave misbehaves misconfigure misfire misleading mismatch miss mistaken misuse mitigate mixed mixes
    mixture model moderate modify module moment monitor month moreover mostly mount move much multicast multiple
    multiset muted my naked namely namespaces nanoseconds natively near nearly need negative neglect neighbour
    neither nested nests network neutralised never new newline next night nil nine nobody node noise non none nor
    norm normal notable notably note nothing notice notification notify novel novelty now nowhere null number
    numeric object obstruct obtain obvious occasionally occasions occur occurrences odd of offending offline often
    old on one online onto open operational operator optimiser option optional order ordinary original originally
    orphan otherwise ought our outdated outgoing outlives output outranks outright outside outvoted overall
    overflow overflowing overhead overheat overlap overly overrun overwhelmed overwrite pace package packed packet
    packing padded padding page paid pair panic paper paragraph parameter params parent parse part partial
    partially particular particularly partition pass past pattern pause pay payload peak peer pending people per
    percentile perform perhaps period permanently permissively permit persistent person personal phase phrase pick
    pickle picture piece pile pileup ping pipe pipelines place placeholder plain plan planted plausible play plug
    plus pod point poison policy poll position possible possibly posted power powered pre precede preceding
    precision predicted prefer prefix prematurely preparation presence present pressure presumably prevent
    previously price primarily primary principal print prior private privilege proactive probability probable
    probe problem proceed processor producer product production program progress project promise prompt promptly
    prone properly property proportion protect protected protocol prove provider provision provoke proxy public
    publish pure purge purpose push put quantiles quantity quarter query question queue quick quickly quiet quite
    quorum quoted raise ran random range rank rapid rapidly rare rarely rarity rate rather ratio raw re reach
    reachable reaction readable readiness readings ready real realised really reaper reappear reappearing reason
    reassign reboot rebuild recall receipt receive recent recently reclaim recognised recommend reconnect
    recordings recover recovery recur recurring redirect reduce redundant reestablish refer reference reflect
    refresh refusal refuse regain regarding regex register registry regular regularity reinstall reject rejection
    rejects relate relation relative relayed release relevant reliable reliably relief reloads remain remainder
    remarks remedy remember remote removed rendered renderings renders renew renewal reordered repair repeat
    repeatable repetition replace replaced replays replica replication reply report repository require required
    rerun resemble resolution resolvable resolve resolved resource respective respectively responding responsive
    restart restore restrict restricted result resume retain return reverse revert review revoke rewrites right
    ring rollback rollout root rotate rotated rotation roughly round route routed routine routinely rule run rung
    runtime safe safety sample sane saturate save saw say scale scan scanners scarce scenario schedule schema
    scope score script search second secondary secret section sector secure security see seed seem seemingly seen
    segment segmentation seldom self send sensor sentence sequence serializer serious serve servlet set setup
    several severe severity shall shape shard share sharply shed shell ship shop short shortly show shrink
    shuffled shutdown shutting sign signal signature signify silences silent silently similar similarity similarly
    simple simply simulated simulation simulator simultaneous since single site six skipped slashes slice sliding
    slight slightly sloppy slot slowdown slowness small snapshots so socket soft software some somebody something
    sometimes somewhere soon sorted source span sparse speak specials specific specifically specify speed spent
    spike split sporadic spot spread squared stabilize stable stack stage stale stall stalled stamp stand standard
    start starve statements stay stderr stdout steadily steady stem step still sting stock stood stop stopped
    storage store storm strain strange stream strength stretched stretches strict string strong strongly
    structured struggling stuck subsequent substantial substring succeed success successful suddenly suffer
    suffices sufficient suggest sum summary supply supported sure surge surpass surprise survive suspicious swap
    swiftly switch symptom synchronous syntax synthetic syslog system tags tail take taken talk tamper target task
    taxonomy team tell temperature template temporarily temporary ten tenant tends tensor tenth terminal terminate
    terminated terms test text them themselves there therefore thermal they thing think thinned third though
    thought thousand threaten three threshold threw throttle through throughput thus tie tier tight timestamp tiny
    title to today together tokenize told tolerate tone too took tool top torn total touch toward trace traceback
    track trades traffic train transaction transfer transient transit translations transport travels tree trigger
    trip trouble true truncated trust truth try tune tuple turn twice twin two typically typo unauthorized
    unavailability uncaught uncertain unclear uncommon undefined undergo underlying understand understood undoes
    unexpected unfinished unhandled unhealthy unheard unintended unintentional unique unit unix unless unlike
    unlikely unnecessary unplug unreadable unresolved unresponsive unsafe unseen unset unspecified unstable
    unsuccessful unsupported untouched untrained untrusted unusual unusually unwanted update upgrade uploads upon
    upper upstream urgent usable user using usual utilization vague valid validate variable variance variants
    various vary vector verbatim verbose verdict verification verifier verify versus very via vicious view virtual
    visible vocabulary void voltage volume vulnerability vulnerable wait walk wall wanted wants warm warn warnings
    wasted watch watchdog watermark wave way we weak web webhook weigh weight well what whatever wheel whereas
    wherever whether whichever whoever whole whom whose wide widespread win window wire wish word work workflow
    worse worst worth wrapped writable written wrong wrote year yet yields you your yourself zero zone
    """.split()  # noqa: SIM905
)
_KNOWN = WORDS | ORDINARY | {acronym.casefold() for acronym in ACRONYMS}


def is_plain(word: str) -> bool:
    """True for a word of the list, or one of its forms ("refused", "retries", "repeatedly")."""
    folded = word.casefold().replace("’", "'")
    stems = {folded, *_stems(folded)}
    return any(stem in _KNOWN for stem in stems) or any(deeper in _KNOWN for stem in stems for deeper in _stems(stem))


def _stems(word: str) -> Iterator[str]:
    """The word without one ending."""
    for ending, replacements in _ENDINGS:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= _LEAST_STEM:
            yield from (stem + replacement for replacement in replacements)
            if stem[-1] == stem[-2]:
                yield stem[:-1]
