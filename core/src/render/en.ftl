# Texts of explanations. Labels and quotations stand behind a colon, a dash or in quotation marks, so that no ending
# has to be added to them. "p-" speaks to the person, "o-" to the organisation, "a-" to an auditor.

## For the person
p-title = Your know-how and the challenge “{ $title }”
p-needs = { $all ->
    [one] The challenge involves one skill.
   *[other] The challenge involves { $all } skills.
 }{" "}{ $clear ->
    [0] { $partly ->
        [0] Your profile does not mention { $all ->
            [one] it
           *[other] any of them
         } yet. That does not mean you cannot do { $all ->
            [one] it
           *[other] them
         }.
        [one] Your profile shows { $all ->
            [one] a part of it
           *[other] a part of one of them
         }.
       *[other] Your profile shows { $partly } of them in part.
     }
   *[other] { $partly ->
        [0] { $missing ->
            [0] { $all ->
                [one] Your profile shows it clearly.
               *[other] Your profile shows all of them clearly.
             }
           *[other] Your profile shows { $clear } of them clearly.
         }
       *[other] Your profile shows { $clear } of them clearly and { $partly } in part.
     }
 }
p-no-list = The organisation tells its problem in its own words, without a list of skills.
p-unknown = { $why ->
    [profile_language] We cannot tell yet how you and this challenge fit together: your text is in a language that we do not read. Write a few sentences in Finnish, Swedish or English, or pick your skills from the list.
    [challenge_language] We cannot tell how you and this challenge fit together: the challenge is in a language that we do not read.
    [empty_profile] We cannot tell yet how you and this challenge fit together: your profile is still empty. A few sentences about what you have done are enough to begin with.
    [empty_challenge] We cannot tell how you and this challenge fit together: the challenge does not say yet what it is about.
   *[no_evidence] We cannot tell yet how you and this challenge fit together: your text and the challenge have nothing in common that we recognise. That is no judgement of you. People seldom write down everything they can do.
 }
p-brings = What you bring
p-met = { $need }{ how }{ p-who }
p-part = { $need } (partly){ how }{ p-who }
p-who = { $status ->
    [confirmed] {" "}(confirmed)
    [stated] {" "}(you say so yourself)
   *[recognised] { $quote ->
        [none] {" "}(recognised in your text)
       *[other] {" "}– you write: “{ $quote }”
     }
 }
p-words = In common in the two texts: { $ours ->
    [same] “{ $theirs }”
   *[other] you “{ $ours }”, the organisation “{ $theirs }”
 }
p-near = Close in meaning: you write “{ $ours }”, the challenge says “{ $theirs }”
p-fits-language = Your languages are enough.
p-fits-remote = Remote work suits both of you.
p-fits-place = The place is within your reach.
p-fits-time = The time suits you.
p-fits-wishes = This is the kind of work you wish for.
p-opens = What would open this challenge to you
p-missing = { $need }: { $why ->
    [must] essential here, and not in your profile yet.
    [found] mentioned in the challenge, and not in your profile yet.
   *[asked] not in your profile yet.
 }{" "}{ $taught ->
    [yes] You can learn it here.
   *[no] If you know this, add it.
 }
p-confirm = { $claim }: we found this in your text. If it is true, confirm it; then it counts in full.
p-level = { $need }: level { $asked } is wanted, your profile says { $has } (on a scale from 1 to 5).
p-language = { $language }: at least level { $asked } is needed; { $has ->
    [none] your profile does not mention this language.
   *[other] you have { $has }.
 }
p-place = The place is { $km } km away; you said at most { $radius } km.
p-period = The challenge runs { $period }, and you are free { $free }. The times do not meet.
p-days = You are free on { $common } of the { $days } days that the challenge takes.
p-hours = The challenge takes { $asked } hours a week; you have { $has }.
p-route = The organisation offers: { $route }. This is not among the ways that you accept.
p-wishes = The work is only partly what you wish for, or not at all.
p-unclear = What we do not know yet
p-silent = { $signal ->
    [skills] { $silent ->
        [profile] Your skills: your profile does not tell them.
       *[other] Skills: the organisation has not said which ones it needs.
     }
    [text] { $silent ->
        [profile] Your own words: your profile has no text that we can read.
        [differ] Words in common: you and the organisation write in different languages, so words tell nothing.
       *[other] The challenge has no text that we can read.
     }
    [wishes] { $silent ->
        [challenge] Your wishes: the challenge does not say what one does or learns there.
       *[other] Your wishes: you have not told them.
     }
    [language] { $silent ->
        [challenge] Languages: the organisation has not said which ones it needs.
       *[other] Your languages: you have not told them.
     }
    [place] { $silent ->
        [challenge] The place: the organisation has not told it.
        [differ] The place: we cannot tell how far it is.
       *[other] Your place: you have not told it.
     }
   *[time] { $silent ->
        [challenge] The time: the organisation has not told it.
        [differ] The time: what you and the organisation tell cannot be compared.
       *[other] Your time: you have not told when you are free.
     }
 }
p-note = If something here is wrong, correct it in your profile. You decide what counts.

how = { $how ->
    [narrower] {" "}– your special skill: { $claim }
    [broader] {" "}– your broader skill helps: { $claim }
    [related] {" "}– close to it: { $claim }
   *[same] {""}
 }

## For the organisation
o-title = Person { $profile } and your challenge “{ $title }”
o-needs = { $all ->
    [one] The challenge involves one skill.
   *[other] The challenge involves { $all } skills.
 }{" "}{ $clear ->
    [0] { $partly ->
        [0] The person’s profile does not mention { $all ->
            [one] it.
           *[other] any of them.
         }
       *[other] The person’s profile shows { $all ->
            [one] a part of it.
           *[other] a part of { $partly ->
                [one] one of them
               *[other] { $partly } of them
             }.
         }
     }
   *[other] { $partly ->
        [0] { $missing ->
            [0] { $all ->
                [one] The person’s profile shows it clearly.
               *[other] The person’s profile shows all of them clearly.
             }
           *[other] The person’s profile shows { $clear } of them clearly.
         }
       *[other] The person’s profile shows { $clear } of them clearly and { $partly } in part.
     }
 }
o-no-list = You have not listed skills for this challenge, so the comparison rests on the texts.
o-unknown = { $why ->
    [profile_language] We cannot tell whether the person fits: the text is in a language that we do not read.
    [challenge_language] We cannot tell whether the person fits: the challenge is in a language that we do not read. Write it in Finnish, Swedish or English, or list the skills.
    [empty_profile] We cannot tell whether the person fits: the profile is still empty.
    [empty_challenge] We cannot tell whether the person fits: the challenge does not say yet what it is about. A few sentences about the problem are enough.
   *[no_evidence] We cannot tell whether the person fits: the two texts have nothing in common that we recognise. The person may still know what you need.
 }
o-brings = What the person brings
o-met = { $need }{ o-how }{ o-who }
o-part = { $need } (partly){ o-how }{ o-who }
o-how = { $how ->
    [narrower] {" "}– special skill: { $claim }
    [broader] {" "}– a broader skill helps: { $claim }
    [related] {" "}– close to it: { $claim }
   *[same] {""}
 }
o-who = { $status ->
    [confirmed] {" "}(confirmed)
    [stated] {" "}(the person says so)
   *[recognised] { $quote ->
        [none] {" "}(recognised in the text, not yet confirmed)
       *[other] {" "}– not yet confirmed; the person writes: “{ $quote }”
     }
 }
o-words = In common in the two texts: { $ours ->
    [same] “{ $theirs }”
   *[other] the person “{ $ours }”, you “{ $theirs }”
 }
o-near = Close in meaning: the person writes “{ $ours }”, you write “{ $theirs }”
o-fits-language = The languages are enough.
o-fits-remote = Remote work suits both.
o-fits-place = The place is within the person’s reach.
o-fits-time = The time suits the person.
o-fits-wishes = The work is what the person wishes for.
o-adds = What others need to add
o-missing = { $need }{ $why ->
    [must] {" "}– essential
    [found] {" "}– found in your text; is it needed?
   *[asked] {""}
 }{ $taught ->
    [yes] {" "}– can be learnt here
   *[no] {""}
 }
o-more = { $need }: support for the part that is missing{ $why ->
    [must] {" "}– essential
    [found] {" "}– found in your text; is it needed?
   *[asked] {""}
 }
o-level = { $need }: you ask for level { $asked }, the person tells { $has } (on a scale from 1 to 5).
o-agree = To talk over with the person
o-language = { $language }: you ask for at least { $asked }; { $has ->
    [none] the person does not mention this language.
   *[other] the person has { $has }.
 }
o-place = The place is { $km } km from the person, who travels at most { $radius } km.
o-period = Your period is { $period }, and the person is free { $free }. The times do not meet.
o-days = The person is free on { $common } of the { $days } days of the period.
o-hours = You ask for { $asked } hours a week; the person has { $has }.
o-route = You offer: { $route }. This is not among the ways that the person accepts.
o-wishes = The work is only partly what the person wishes for, or not at all.
o-unclear = What is not known
o-silent = { $signal ->
    [skills] { $silent ->
        [profile] The person’s skills: the profile does not tell them.
       *[other] Skills: you have not said which ones you need.
     }
    [text] { $silent ->
        [profile] The person’s own words: the profile has no text that we can read.
        [differ] Words in common: the two texts are in different languages, so words tell nothing.
       *[other] The challenge has no text that we can read.
     }
    [wishes] { $silent ->
        [challenge] Wishes: the challenge does not say what one does or learns there.
       *[other] Wishes: the person has not told them.
     }
    [language] { $silent ->
        [challenge] Languages: you have not said which ones you need.
       *[other] Languages: the person has not told them.
     }
    [place] { $silent ->
        [challenge] The place: you have not told it.
        [differ] The place: the distance is not known.
       *[other] The place: the person has not told it.
     }
   *[time] { $silent ->
        [challenge] The time: you have not told it.
        [differ] The time: what the two of you tell cannot be compared.
       *[other] The time: the person has not told when.
     }
 }
o-note = What a profile does not mention, the person may still know. Ask.

## For the auditor
a-title = Account of a match: profile { $profile }, challenge { $challenge }
a-score = Score: { $score } (scale 0–1), to the last digit { $exact }
a-unknown = No score. Reason: { $why ->
    [profile_language] the profile’s text is in no supported language, and it claims no skill
    [challenge_language] the challenge’s text is in no supported language, and it has no requirement
    [empty_profile] the profile says nothing that could be understood
    [empty_challenge] the challenge says nothing that could be understood
   *[no_evidence] nothing in the two documents meets
 }. This is not a zero.
a-known = Known share of the weights: { $known }
a-formula = The score is the sum of the contributions. A contribution is weight × value ÷ the sum of the known weights, which is { $total }. What is not known adds nothing, and its weight is shared among the others. Numbers are rounded to six decimals.
a-signals = Signals
a-signal = { signal }: value { $value }, weight { $weight }, contribution { $contribution }
a-silent = { signal }: not known, weight { $weight }. Reason: { silent }
a-sum = Sum of the contributions: { $sum }
signal = { $signal ->
    [skills] Skills
    [text] Text
    [semantic] Meaning
    [wishes] Wishes
    [language] Languages
    [place] Place
   *[time] Time
 }
silent = { $silent ->
    [profile] the profile does not tell it
    [challenge] the challenge does not tell it
    [both] neither the profile nor the challenge tells it
    [vectors] there are no vectors of the two texts
   *[differ] { $signal ->
        [text] the texts are in different languages
        [place] different place names without coordinates
       *[other] dates on one side, hours on the other
     }
 }
a-needs = Requirements
a-no-needs = The challenge has no requirement, explicit or recognised.
a-need = { $need }: degree { $degree }, weight { $weight }{ $must ->
    [yes] , must
   *[no] {""}
 }, { asked-by }{ asked-level }{ $quote ->
    [none] {""}
   *[other] , challenge: “{ $quote }”
 }
asked-by = { $status ->
    [recognised] recognised in the challenge
    [confirmed] confirmed by the organisation
   *[stated] given by the organisation
 }
asked-level = { $asked ->
    [0] {""}
   *[other] , level asked { $asked }
 }
a-met = Met by: { $claim } ({ $how ->
    [narrower] narrower
    [broader] broader
    [related] related
   *[same] the same competence
 }, { $status ->
    [confirmed] confirmed
    [stated] stated
   *[recognised] recognised in the text
 }); similarity { $similarity }, trust { $strength }{ $has ->
    [0] , level not told
   *[other] , level { $has }
 }{ $quote ->
    [none] {""}
   *[other] , profile: “{ $quote }”
 }
a-unmet = Not in the profile: whether the person knows it is not known. Coverage counts what the profile tells.
a-words = Words in common
a-word = “{ $ours }” – “{ $theirs }”: { $share } of the text signal’s sum
a-nears = Sentences that are near in meaning
a-near = “{ $ours }” – “{ $theirs }”: closeness { $degree }
a-facts = Circumstances
a-language = { $language }: asked { $asked }, { $has ->
    [none] not mentioned by the person
   *[other] the person has { $has }
 }
a-remote = Both accept remote work.
a-distance = Distance { $km } km, the person’s radius { $radius } km
a-days = Available on { $common } of { $days } days
a-hours = Hours a week: the person has { $has }, asked { $asked }
a-route = Route offered: { $route }
a-accepts = Routes accepted: { $route }
a-no-facts = Nothing that could be compared is told.
a-gates = Gates
a-gate = Fails: { $gate ->
    [musts] a must is met less than half, or not at all
    [language] a language is missing or below its level
    [place] outside the person’s radius
    [period] no day in common
   *[route] the route is not among those accepted
 }{ $shuts ->
    [yes] {" "}– shuts out of rankings
   *[no] {" "}– told only, shuts out of nothing
 }
a-no-gate = The pair is known to fail no gate.
a-versions = Versions and how to reproduce
a-version = osuma { $version }, document schema { $schema }
a-taxonomy = Taxonomy: { $digest }
a-snapshot = Snapshot: { $digest }
a-settings = Text: k1 { $k1 }, b { $b }, subwords { $subwords ->
    [none] none
   *[other] { $subwords }
 }
a-again = { $stored ->
    [yes] Open this snapshot with this version of osuma and the weights above, and ask explain({ $profile }, { $challenge }): the same bits come on every platform.
   *[no] Open this snapshot with this version of osuma and the weights above, and ask explain_new with the profile { $profile } as it was given, and the challenge { $challenge }: the same bits come on every platform.
 }

## Names
from-until = from { $from } to { $until }
from-on = from { $from }
until-on = until { $until }
route = { $route ->
    [workshop] Future Workshop
    [cooperative_activity] cooperative activity
    [work_trial] work trial
    [pay_subsidy] employment with pay subsidy
    [commission] commission
   *[employment] employment
 }
language = { $code ->
    [ar] Arabic
    [bn] Bengali
    [de] German
    [en] English
    [es] Spanish
    [et] Estonian
    [fa] Persian
    [fi] Finnish
    [fr] French
    [hi] Hindi
    [it] Italian
    [ku] Kurdish
    [lv] Latvian
    [lt] Lithuanian
    [ne] Nepali
    [pl] Polish
    [pt] Portuguese
    [ro] Romanian
    [ru] Russian
    [se] Northern Sámi
    [so] Somali
    [sq] Albanian
    [sv] Swedish
    [sw] Swahili
    [ta] Tamil
    [th] Thai
    [ti] Tigrinya
    [tl] Tagalog
    [tr] Turkish
    [uk] Ukrainian
    [ur] Urdu
    [vi] Vietnamese
    [zh] Chinese
   *[other] { $code }
 }
